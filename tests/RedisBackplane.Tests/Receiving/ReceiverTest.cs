namespace RedisBackplane.Tests.Receiving;

/// <summary>Tests of a receiver. The test is its Redis and its sink.</summary>
public abstract class ReceiverTest : IStreamSource, IFrameSink, IDisposable
{
    private volatile Action<byte[]>[] _subscriptions = [];

    private protected ReceiverTest(TimeProvider? time = null, FrameAuthenticator? authenticator = null) =>
        Receiver = new StreamReceiver(TestStream.Context(Logger, time, authenticator), this, this, Counters);

    private protected StreamReceiver Receiver { get; }

    private protected ReceiveCounters Counters { get; } = new();

    private protected RecordedLogger Logger { get; } = new();

    /// <summary>The first ids of the frames that were passed on.</summary>
    private protected List<ulong> Delivered { get; } = [];

    /// <summary>What the receiver does with the payloads of each subscription.</summary>
    private protected IReadOnlyList<Action<byte[]>> Subscriptions => _subscriptions;

    private protected virtual bool HasHistory => true;

    bool IStreamSource.HasHistory => HasHistory;

    bool IFrameSink.IsCrowded => false;

    public virtual void Dispose()
    {
        Receiver.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Connects, and waits until the receiver has subscribed and caught up.</summary>
    protected async Task SettleAsync()
    {
        var settled = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Receiver.Settled += () => settled.TrySetResult(null);
        Receiver.OnConnectionChanged();
        await settled.Task.Bounded();
    }

    private protected virtual Task SubscribeAsync() => Task.CompletedTask;

    private protected virtual Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from) => Task.FromResult(default(HistoryPage));

    async Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen)
    {
        await SubscribeAsync();
        _subscriptions = [.. _subscriptions, listen()];
    }

    FrameAssembly IStreamSource.CreateAssembly() => new();

    Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from) =>
        ReadAsync(after, from);

    void IFrameSink.Append(in Frame frame) => Delivered.Add(frame.Header.FirstId);

    void IFrameSink.Start(ulong lastId)
    {
    }
}
