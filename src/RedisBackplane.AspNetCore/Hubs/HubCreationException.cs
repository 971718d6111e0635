namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>A hub could not be created, so the call or event that needs it fails.</summary>
internal sealed class HubCreationException(Type hub, Exception reason)
    : Exception($"The hub {hub} could not be made: {reason.Message}", reason);
