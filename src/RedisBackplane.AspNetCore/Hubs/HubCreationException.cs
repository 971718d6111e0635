namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>A hub could not be made, so that what it was made for fails.</summary>
internal sealed class HubCreationException(Type hub, Exception reason)
    : Exception($"The hub {hub} could not be made: {reason.Message}", reason);
