namespace RedisBackplane.Tests.Timing;

public sealed class BurstSignalTests : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly TrackedTime _time = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _passed;

    public void Dispose() => _stopping.Dispose();

    [Fact]
    public async Task Raise_Burst_PassesTheFirstOnesAtOnceAndTheRestAsOneLater()
    {
        var signal = Create();

        Raise(signal, times: 100);
        Assert.Equal(3, Volatile.Read(ref _passed));

        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the rest waits");
        _time.Advance(Quiet);
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _passed) == 4, "the rest is passed on");
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Raise_AsOftenAsAllowed_PassesNothingLater()
    {
        Raise(Create(), times: 3);

        Assert.Equal((3, 0), (_passed, _time.ArmedTimers));
    }

    [Fact]
    public async Task Raise_AfterTheRestOfABurst_WaitsAgain()
    {
        var signal = Create();
        for (var burst = 1; burst <= 3; burst++)
        {
            Raise(signal, times: 10);
            await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the rest waits");
            _time.Advance(Quiet);
            await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _passed) == 4 * burst, "the rest is passed on");
        }
    }

    [Fact]
    public async Task Stopping_WhileTheRestWaits_PassesNothingMore()
    {
        Raise(Create(), times: 10);
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the rest waits");

        _stopping.Cancel();

        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 0, "nothing waits any more");
        _time.Advance(Quiet);
        Assert.Equal(3, Volatile.Read(ref _passed));
    }

    private static void Raise(BurstSignal signal, int times)
    {
        for (var i = 0; i < times; i++)
        {
            signal.Raise();
        }
    }

    private BurstSignal Create() => new(Quiet, atOnce: 3, _time, () => Interlocked.Increment(ref _passed), _stopping.Token);
}
