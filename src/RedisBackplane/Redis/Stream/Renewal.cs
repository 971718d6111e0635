namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Decides when to renew the expiry of Redis keys: not with every write, which would cost Redis as much as the write,
/// but once in a period. The keys live longer by that period. Knows no Redis. Thread-safe.
/// </summary>
/// <param name="shortest">The shortest time that a key must live after a write.</param>
internal sealed class Renewal(TimeSpan shortest, TimeProvider time)
{
    // The part of the shortest lifetime by which keys live longer than required.
    private const int Part = 8;

    private long _doneAt = long.MinValue;

    /// <summary>The additional lifetime of the keys, and so the longest time until the next renewal.</summary>
    public TimeSpan Period { get; } = TimeSpan.FromTicks(shortest.Ticks / Part);

    /// <summary>Whether the write that begins now should renew.</summary>
    /// <param name="now">The value for <see cref="Done"/> when the write has succeeded.</param>
    public bool IsDue(out long now)
    {
        now = time.GetTimestamp();
        var doneAt = Volatile.Read(ref _doneAt);
        return doneAt == long.MinValue || time.GetElapsedTime(doneAt, now) >= Period;
    }

    /// <summary>The keys were renewed by a write that began at a time.</summary>
    public void Done(long beganAt) => Volatile.Write(ref _doneAt, beganAt);
}
