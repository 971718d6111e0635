namespace RedisBackplane.Tests.Publishing;

public sealed class BatchQueueTests
{
    private readonly BatchQueue _queue = new(PublisherHarness.Limits with { MaxBatchMessages = 1 });

    /// <summary>The queue's bound does not count the unused part of a buffer.</summary>
    [Fact]
    public void Add_TinyMessagesAfterALargeOne_DoNotHoldItsMemory()
    {
        var large = Add(Messages.OfSize(500_000));
        Assert.True(_queue.TryTake(isAlone: false, out _));
        _queue.Settle(large);

        var tiny = Enumerable.Range(0, 100).Select(_ => Add(Messages.OfSize(10))).ToList();

        Assert.InRange(tiny.Max(batch => batch.Capacity), 1, 2 * PublisherHarness.Limits.MaxBatchBytes);
        Assert.InRange(tiny.Skip(1).Sum(batch => batch.Capacity), 1, 100 * 1024);
    }

    private Batch Add(Message message)
    {
        var size = FrameWriter.MaxSizeOf(message);
        Assert.True(_queue.TryMakeRoomFor(size));
        return _queue.Add(message, size, now: 0, window: 0);
    }
}
