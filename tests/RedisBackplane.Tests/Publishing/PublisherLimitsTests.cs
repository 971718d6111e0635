namespace RedisBackplane.Tests.Publishing;

public sealed class PublisherLimitsTests
{
    [Theory]
    [InlineData(64 * 1024 * 1024, 1, 256 * 1024)]
    [InlineData(16 * 1024 * 1024, 64, 64 * 1024)]
    [InlineData(64 * 1024, 1, 16 * 1024)]
    [InlineData(64 * 1024, 4, 16 * 1024)]
    [InlineData(0, 1, 256 * 1024)]
    public void PerStream_SmallHistory_MakesBatchesThatFitIntoIt(long history, int streams, int expected)
    {
        var limits = PublisherLimits.From(new RedisBackplaneOptions { HistoryMaxBytes = history });

        Assert.Equal(expected, limits.PerStream(streams, new QueueBudget(1, 1, streams)).MaxBatchBytes);
    }
}
