namespace RedisBackplane.Tests.Receiving;

/// <summary>When the receiver tries again to subscribe. The clock does not move unless it is advanced.</summary>
public sealed class StreamReceiverTests : ReceiverTest
{
    private readonly TrackedTime _time;
    private int _attempts;
    private volatile bool _isThere;
    private volatile Action? _inAttempt;

    public StreamReceiverTests()
        : this(new TrackedTime())
    {
    }

    private StreamReceiverTests(TrackedTime time)
        : base(time) => _time = time;

    [Fact]
    public async Task Settle_AConnectionIsBackWhileItRests_TriesAtOnce()
    {
        Receiver.OnConnectionChanged();
        await RestsAfter(attempts: 1);

        _isThere = true;
        await SettleAsync();
    }

    [Fact]
    public async Task Settle_AConnectionIsBackDuringAnAttemptThatFails_TriesAtOnce()
    {
        _inAttempt = () =>
        {
            _inAttempt = null;
            Receiver.OnConnectionChanged();
        };

        Receiver.OnConnectionChanged();

        await RestsAfter(attempts: 2);
    }

    [Fact]
    public async Task Settle_ConnectionsComeAndGo_IsNoReasonToComplain()
    {
        for (var attempts = 1; attempts <= 10; attempts++)
        {
            Receiver.OnConnectionChanged();
            await RestsAfter(attempts);
        }

        Assert.Empty(Logger.Of(3005));
    }

    [Fact]
    public async Task Settle_InVain_ComplainsOnce()
    {
        Receiver.OnConnectionChanged();
        for (var attempts = 1; attempts <= 10; attempts++)
        {
            await RestsAfter(attempts);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(Logger.Of(3005));
    }

    [Fact]
    public async Task Settle_ConnectionsComeAndGoInALongOutage_ComplainsOnce()
    {
        Receiver.OnConnectionChanged();
        for (var attempts = 1; attempts <= 20; attempts++)
        {
            await RestsAfter(attempts);
            if (attempts > 3 && attempts % 2 == 0)
            {
                Receiver.OnConnectionChanged();
            }
            else
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        Assert.Single(Logger.Of(3005));
    }

    [Fact]
    public async Task Dispose_WhileItRests_EndsIt()
    {
        Receiver.OnConnectionChanged();
        await RestsAfter(attempts: 1);

        Receiver.Dispose();

        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 0, "the rest is over");
        Assert.Equal(1, Volatile.Read(ref _attempts));
    }

    private protected override Task SubscribeAsync()
    {
        Interlocked.Increment(ref _attempts);
        _inAttempt?.Invoke();
        return _isThere ? Task.CompletedTask : Task.FromException(new InvalidOperationException("away"));
    }

    private Task RestsAfter(int attempts) =>
        Eventually.BecomesTrueAsync(
            () => Volatile.Read(ref _attempts) == attempts && _time.ArmedTimers == 1, $"it rests after attempt {attempts}");
}
