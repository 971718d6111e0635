namespace RedisBackplane.Timing;

/// <summary>Converts time spans to the unit of a clock's timestamps.</summary>
internal static class Timestamps
{
    /// <summary>
    /// The difference of two <see cref="TimeProvider.GetTimestamp"/> values for a span. Exact for the usual
    /// frequencies, even on .NET Framework, where <see cref="TimeSpan.TotalSeconds"/> is rounded (200 ms times 10 MHz
    /// gave 1,999,999).
    /// </summary>
    public static long Timestamp(this TimeProvider time, TimeSpan span) =>
        (long)(span.Ticks * (time.TimestampFrequency / (double)TimeSpan.TicksPerSecond));
}
