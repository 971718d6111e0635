namespace RedisBackplane.Wire;

/// <summary>The clock of the wire format.</summary>
internal static class UnixTime
{
    private const long EpochTicks = 621_355_968_000_000_000;

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public static long Microseconds(DateTimeOffset time) => FromTicks(time.UtcTicks);

    /// <summary>Microseconds since 1970-01-01 UTC, from ticks of 100 ns since the year 1, which SignalR uses.</summary>
    public static long FromTicks(long ticks) => (ticks - EpochTicks) / 10;

    public static long ToTicks(long microseconds) => EpochTicks + (microseconds * 10);
}
