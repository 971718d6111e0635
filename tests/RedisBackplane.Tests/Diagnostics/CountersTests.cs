using RedisBackplane.Diagnostics;
using RedisBackplane.Tests.Fakes;

namespace RedisBackplane.Tests.Diagnostics;

public sealed class CountersTests
{
    private readonly FakeCounters _signalR = new();

    [Fact]
    public void PublishCounters_EveryStep_CountsItAndKeepsSignalRsOwn()
    {
        var counters = new PublishCounters(_signalR);

        counters.Queued(5, 500);
        Assert.Equal((5, 500, 5), (counters.QueueMessages, counters.QueueBytes, _signalR.ScaleoutSendQueueLength.RawValue));
        counters.Sent(3, 300, storedBefore: false);
        counters.Sent(1, 100, storedBefore: true);
        Assert.Equal((4, 2, 400, 1), (counters.SentMessages, counters.SentBatches, counters.SentBytes, counters.BatchesStoredBefore));
        counters.Queued(1, 100);
        Assert.Equal((1, 100, 1), (counters.QueueMessages, counters.QueueBytes, _signalR.ScaleoutSendQueueLength.RawValue));
        counters.TimedOut(7);
        Assert.Equal(7, counters.TimedOutMessages);
    }

    [Fact]
    public void PublishCounters_OfTwoStreams_AddUpInSignalRsOwn()
    {
        var (first, second) = (new PublishCounters(_signalR), new PublishCounters(_signalR));

        first.Queued(5, 500);
        second.Queued(3, 300);
        Assert.Equal((5, 3, 8), (first.QueueMessages, second.QueueMessages, _signalR.ScaleoutSendQueueLength.RawValue));
        first.Queued(0, 0);
        Assert.Equal(3, _signalR.ScaleoutSendQueueLength.RawValue);
    }

    [Fact]
    public void PublishCounters_FailedCallOrRejection_IsAnErrorOfSignalRs()
    {
        var counters = new PublishCounters(_signalR);

        counters.Interrupted(isError: false);
        Assert.Equal(0, _signalR.ScaleoutErrorsTotal.RawValue);
        counters.Interrupted(isError: true);
        counters.Rejected();

        Assert.Equal((2, 1), (counters.InterruptedCalls, counters.RejectedMessages));
        Assert.Equal((2, 2), (_signalR.ScaleoutErrorsTotal.RawValue, _signalR.ScaleoutErrorsPerSec.RawValue));
    }

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
