using RedisBackplane.Receiving;

namespace RedisBackplane.Tests.Receiving;

public sealed class ReceiveCountersTests
{
    [Fact]
    public void ReceiveCounters_EveryStep_CountsIt()
    {
        var counters = new ReceiveCounters();

        counters.Frame();
        Assert.Equal((1, 2), (counters.CountMalformed(), counters.CountMalformed()));
        counters.Duplicate();
        counters.CountForeign();
        counters.Jump();
        counters.GapFilled(10);
        counters.GapFilled(5);
        counters.GapUnfilled(100);
        counters.Failure();

        Assert.Equal((1, 2, 1, 1, 1), (counters.Frames, counters.Malformed, counters.Duplicates, counters.Foreign, counters.Jumps));
        Assert.Equal((2, 15, 1, 100, 1), (counters.GapsFilled, counters.Replayed, counters.GapsUnfilled, counters.Lost, counters.Failed));
    }
}
