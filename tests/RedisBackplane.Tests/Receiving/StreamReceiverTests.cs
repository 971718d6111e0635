using RedisBackplane.Receiving;
using RedisBackplane.Wire;

namespace RedisBackplane.Tests.Receiving;

/// <summary>When the receiver tries again to subscribe. The clock does not move unless it is advanced.</summary>
public sealed class StreamReceiverTests : IStreamSource, IFrameSink, IDisposable
{
    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();
    private readonly StreamReceiver _receiver;
    private readonly TaskCompletionSource<object?> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _attempts;
    private volatile bool _isThere;
    private volatile Action? _inAttempt;

    public StreamReceiverTests()
    {
        _receiver = new StreamReceiver(TestStream.Context(_logger, _time), this, this, new ReceiveCounters());
        _receiver.Settled += () => _settled.TrySetResult(null);
    }

    bool IStreamSource.HasHistory => true;

    public void Dispose() => _receiver.Dispose();

    [Fact]
    public async Task Settle_AConnectionIsBackWhileItRests_TriesAtOnce()
    {
        _receiver.OnConnectionChanged();
        await RestsAfter(attempts: 1);

        _isThere = true;
        _receiver.OnConnectionChanged();

        await _settled.Task.Bounded();
    }

    [Fact]
    public async Task Settle_AConnectionIsBackDuringAnAttemptThatFails_TriesAtOnce()
    {
        _inAttempt = () =>
        {
            _inAttempt = null;
            _receiver.OnConnectionChanged();
        };

        _receiver.OnConnectionChanged();

        await RestsAfter(attempts: 2);
    }

    [Fact]
    public async Task Settle_ConnectionsComeAndGo_IsNoReasonToComplain()
    {
        for (var attempts = 1; attempts <= 10; attempts++)
        {
            _receiver.OnConnectionChanged();
            await RestsAfter(attempts);
        }

        Assert.Empty(_logger.Of(3005));
    }

    [Fact]
    public async Task Settle_InVain_ComplainsOnce()
    {
        _receiver.OnConnectionChanged();
        for (var attempts = 1; attempts <= 10; attempts++)
        {
            await RestsAfter(attempts);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(_logger.Of(3005));
    }

    [Fact]
    public async Task Dispose_WhileItRests_EndsIt()
    {
        _receiver.OnConnectionChanged();
        await RestsAfter(attempts: 1);

        _receiver.Dispose();

        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 0, "the rest is over");
        Assert.Equal(1, Volatile.Read(ref _attempts));
    }

    Task IStreamSource.SubscribeAsync(Func<Action<byte[]>> listen, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _attempts);
        _inAttempt?.Invoke();
        return _isThere ? Task.CompletedTask : Task.FromException(new InvalidOperationException("away"));
    }

    FrameAssembly IStreamSource.CreateAssembly() => new();

    Task<HistoryPage> IStreamSource.ReadAsync(ulong after, HistoryPosition from, CancellationToken cancellationToken) =>
        Task.FromResult(default(HistoryPage));

    bool IFrameSink.IsCrowded => false;

    void IFrameSink.Append(in Frame frame)
    {
    }

    void IFrameSink.Start(ulong lastId)
    {
    }

    private Task RestsAfter(int attempts) =>
        Eventually.BecomesTrueAsync(
            () => Volatile.Read(ref _attempts) == attempts && _time.ArmedTimers == 1, $"it rests after attempt {attempts}");
}
