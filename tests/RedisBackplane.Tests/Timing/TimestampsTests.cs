namespace RedisBackplane.Tests.Timing;

public sealed class TimestampsTests
{
    [Theory]
    [InlineData(10_000_000, 1)]
    [InlineData(10_000_000, 200)]
    [InlineData(10_000_000, 3_600_001)]
    [InlineData(1_000_000_000, 200)]
    [InlineData(1_000_000_000, 3_600_001)]
    [InlineData(1_000, 200)]
    public void Timestamp_OfMilliseconds_IsExact(long frequency, int milliseconds)
    {
        var clock = new Clock(frequency);

        Assert.Equal(milliseconds * frequency / 1000, clock.Timestamp(TimeSpan.FromMilliseconds(milliseconds)));
    }

    private sealed class Clock(long frequency) : TimeProvider
    {
        public override long TimestampFrequency { get; } = frequency;
    }
}
