namespace RedisBackplane.Tests.Redis.Stream;

public sealed class HistoryLimitsTests
{
    [Theory]
    [InlineData(64 * 1024, 4096 - 64, 16)]
    [InlineData(1_000_000, 32768 - 64, 30)]
    [InlineData(64L << 20, (1 << 20) - 64, 64)]
    [InlineData(1L << 30, (1 << 20) - 64, 1024)]
    public void Segments_OfAHistory_FillIt(long bytes, long segmentBytes, long segments)
    {
        var limits = new HistoryLimits(bytes, TimeSpan.FromMinutes(1));

        Assert.Equal((segmentBytes, segments), (limits.SegmentBytes, limits.Segments));
        Assert.InRange(segments * (segmentBytes + 64), bytes * 0.93, bytes);
    }

    [Fact]
    public void Segments_OfNoHistory_AreNone() =>
        Assert.Equal((0, 0), (default(HistoryLimits).SegmentBytes, default(HistoryLimits).Segments));
}
