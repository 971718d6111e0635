using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.Tests.Timing;

public sealed class BurstLimiterTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TryEnter_Burst_LetsTheFirstThrough()
    {
        var limiter = new BurstLimiter(TimeSpan.FromSeconds(10), _time);

        Assert.True(limiter.TryEnter());
        Assert.False(limiter.TryEnter());
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.False(limiter.TryEnter());
    }

    [Fact]
    public void TryEnter_AfterTheQuietTime_LetsOneThroughAgain()
    {
        var limiter = new BurstLimiter(TimeSpan.FromSeconds(10), _time);
        limiter.TryEnter();

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(limiter.TryEnter());
        Assert.False(limiter.TryEnter());
    }

    [Fact]
    public void TryEnter_SeveralLinesAllowed_LetsSoManyOfABurstThrough()
    {
        var limiter = new BurstLimiter(TimeSpan.FromSeconds(10), _time, lines: 3);

        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => limiter.TryEnter()));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(limiter.TryEnter());
    }

    [Fact]
    public void TryEnter_FromManyThreads_LetsOneThrough()
    {
        for (var round = 0; round < 100; round++)
        {
            var limiter = new BurstLimiter(TimeSpan.FromSeconds(10), _time);
            var entered = 0;

            Parallel.For(0, 8, _ =>
            {
                if (limiter.TryEnter())
                {
                    Interlocked.Increment(ref entered);
                }
            });

            Assert.Equal(1, entered);
        }
    }
}
