namespace RedisBackplane.Telemetry;

/// <summary>A number that a room counts, for the status and the meter of the bus. Thread-safe.</summary>
internal sealed class Counter
{
    private long _value;

    public long Value => Volatile.Read(ref _value);

    /// <returns>The value after the addition.</returns>
    public long Add(long count = 1) => Interlocked.Add(ref _value, count);
}
