namespace RedisBackplane.FaultHarness;

/// <summary>A run did not achieve what its plan says; the message has the findings.</summary>
#pragma warning disable CA1032 // Thrown in one place, with its message.
public sealed class FaultRunException(string message) : Exception(message)
#pragma warning restore CA1032
{
}
