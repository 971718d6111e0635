namespace RedisBackplane.Timing;

/// <summary>Spans of time in the unit of a clock's timestamps.</summary>
internal static class Timestamps
{
    /// <summary>
    /// How far <see cref="TimeProvider.GetTimestamp"/> moves in a span. Exact for the usual frequencies, also on .NET
    /// Framework, where <see cref="TimeSpan.TotalSeconds"/> is rounded (200 ms times 10 MHz came out as 1,999,999).
    /// </summary>
    public static long Timestamp(this TimeProvider time, TimeSpan span) =>
        (long)(span.Ticks * (time.TimestampFrequency / (double)TimeSpan.TicksPerSecond));
}
