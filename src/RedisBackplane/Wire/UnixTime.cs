namespace RedisBackplane.Wire;

/// <summary>The clock of the wire format.</summary>
internal static class UnixTime
{
    private const long EpochTicks = 621_355_968_000_000_000;

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks - EpochTicks) / 10;
}
