namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// A receiver that is disposed while it reads the history, on a connection of the application: that one stays open, so
/// no read fails. All work runs at once, in the thread of the test.
/// </summary>
public sealed class DisposedReceiverTests() : ReceiverTest(new ImmediateTime())
{
    private const int DisposedAt = 10;

    private int _reads;

    [Fact]
    public void Dispose_WhileThereIsAlwaysAnotherPage_EndsTheReading()
    {
        Receiver.OnConnectionChanged();

        Assert.Equal(DisposedAt, _reads);
        Assert.False(Receiver.IsSettled);
    }

    private protected override Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from)
    {
        if (++_reads == DisposedAt)
        {
            Receiver.Dispose();
        }

        // The test would not end otherwise.
        var id = (ulong)_reads;
        return Task.FromResult(_reads > 2 * DisposedAt ? default : new HistoryPage(id, [Frames.Bytes(id - 1, id)]));
    }

    private sealed class ImmediateTime : TimeProvider, ISimulatedTime
    {
        public void Queue(Action work) => work();

        public double NextJitter() => 0.5;
    }
}
