namespace RedisBackplane.Tests.Timing;

public sealed class BackgroundWorkTests
{
    [Fact]
    public async Task Queue_UnderALock_RunsOutsideOfIt()
    {
        var gate = new object();
        var ran = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        lock (gate)
        {
            TimeProvider.System.Queue(() => ran.SetResult(Monitor.IsEntered(gate)));
        }

        Assert.False(await ran.Task.Bounded());
    }

    [Fact]
    public void Run_SimulatedClock_WaitsForTheClock()
    {
        var time = new SimulatedTime();
        var begun = 0;

        time.Run(() =>
        {
            begun++;
            return Task.CompletedTask;
        });

        Assert.Equal(0, begun);
        Assert.Single(time.Work)();
        Assert.Equal(1, begun);
    }

    [Fact]
    public void Wait_SimulatedClockCancelledUnderALock_ContinuesWhenTheClockSaysSo()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var time = new SimulatedTime();
        using var cancellation = new CancellationTokenSource();
        var wait = time.Wait(TimeSpan.FromHours(1), cancellation.Token);

        cancellation.Cancel();

        Assert.False(wait.IsCompleted);
        Assert.Single(time.Work)();
        Assert.True(wait.IsCompleted);
    }

    [Fact]
    public void Jitter_SimulatedClock_IsTheClocks() => Assert.Equal(0.25, Jitter.Of(new SimulatedTime())());

    private sealed class SimulatedTime : TimeProvider, ISimulatedTime
    {
        public List<Action> Work { get; } = [];

        public void Queue(Action work) => Work.Add(work);

        public double NextJitter() => 0.25;
    }
}
