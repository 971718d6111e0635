namespace RedisBackplane.Tests.Streams;

public sealed class StreamStateCountersTests
{
    private readonly FakeCounters _signalR = new();

    [Fact]
    public void StreamStateCounters_StreamsOpenAndClose_CountsThem()
    {
        var counters = new StreamStateCounters(_signalR, streams: 3);
        AssertStreams(total: 3, open: 0, buffering: 3);

        counters.Set(1, isOpen: true);
        counters.Set(1, isOpen: true);
        counters.Set(2, isOpen: true);
        AssertStreams(total: 3, open: 2, buffering: 1);

        counters.Set(1, isOpen: false);
        AssertStreams(total: 3, open: 1, buffering: 2);

        counters.Close();
        AssertStreams(total: 3, open: 0, buffering: 0);
    }

    private void AssertStreams(long total, long open, long buffering) => Assert.Equal((total, open, buffering), (
        _signalR.ScaleoutStreamCountTotal.RawValue,
        _signalR.ScaleoutStreamCountOpen.RawValue,
        _signalR.ScaleoutStreamCountBuffering.RawValue));
}
