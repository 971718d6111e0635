namespace RedisBackplane.Tests.Publishing;

public sealed class PublishCountersTests
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
        Assert.Equal((4, 2, 400), (counters.SentMessages.Value, counters.SentBatches.Value, counters.SentBytes.Value));
        Assert.Equal(1, counters.BatchesStoredBefore.Value);
        counters.Queued(1, 100);
        Assert.Equal((1, 100, 1), (counters.QueueMessages, counters.QueueBytes, _signalR.ScaleoutSendQueueLength.RawValue));
        counters.TimedOutMessages.Add(7);
        Assert.Equal(7, counters.TimedOutMessages.Value);
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

        Assert.Equal((2, 1), (counters.InterruptedCalls.Value, counters.RejectedMessages.Value));
        Assert.Equal((2, 2), (_signalR.ScaleoutErrorsTotal.RawValue, _signalR.ScaleoutErrorsPerSec.RawValue));
    }
}
