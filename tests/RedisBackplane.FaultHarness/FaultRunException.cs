namespace RedisBackplane.FaultHarness;

/// <summary>A run did not meet its plan; the message contains the findings.</summary>
#pragma warning disable CA1032 // Thrown in one place, with its message.
public sealed class FaultRunException(string message) : Exception(message)
#pragma warning restore CA1032
{
}
