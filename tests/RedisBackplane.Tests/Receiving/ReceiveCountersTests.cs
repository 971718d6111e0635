namespace RedisBackplane.Tests.Receiving;

public sealed class ReceiveCountersTests
{
    [Fact]
    public void ReceiveCounters_EveryStep_CountsIt()
    {
        var counters = new ReceiveCounters();

        counters.Frames.Add();
        Assert.Equal((1, 2), (counters.Malformed.Add(), counters.Malformed.Add()));
        counters.Duplicates.Add();
        counters.Foreign.Add();
        counters.Jumps.Add();
        counters.GapFilled(10);
        counters.GapFilled(5);
        counters.GapUnfilled(100);
        counters.Failed.Add();

        Assert.Equal((1, 2, 1), (counters.Frames.Value, counters.Malformed.Value, counters.Duplicates.Value));
        Assert.Equal((1, 1, 1), (counters.Foreign.Value, counters.Jumps.Value, counters.Failed.Value));
        Assert.Equal((2, 15), (counters.GapsFilled.Value, counters.Replayed.Value));
        Assert.Equal((1, 100), (counters.GapsUnfilled.Value, counters.Lost.Value));
    }
}
