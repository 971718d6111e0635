using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.Tests.Fakes;

/// <summary>A clock that does not move until it is advanced, and knows which timers are armed.</summary>
internal sealed class TrackedTime : FakeTimeProvider
{
    private readonly List<Timer> _timers = [];

    public int ArmedTimers => Armed().Count;

    /// <summary>The time of the first armed timer, as it was set.</summary>
    public TimeSpan? NextDue => Armed() is { Count: > 0 } armed ? armed.Min(timer => timer.Due) : null;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer();
        timer.Arm(dueTime, period);
        timer.Inner = base.CreateTimer(
            _ =>
            {
                timer.Fired();
                callback(state);
            },
            null,
            dueTime,
            period);

        // Last, because a test that sees the timer advances the clock, which must know the timer by then.
        lock (_timers)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    private List<Timer> Armed()
    {
        lock (_timers)
        {
            return [.. _timers.Where(timer => timer.Due != Timeout.InfiniteTimeSpan)];
        }
    }

    private sealed class Timer : ITimer
    {
        private TimeSpan _period;

        public ITimer? Inner { get; set; }

        public TimeSpan Due { get; private set; }

        public void Arm(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            _period = period;
        }

        // A repeating timer is due again. Change in the callback runs after this.
        public void Fired() => Due = _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Arm(dueTime, period);
            return Inner!.Change(dueTime, period);
        }

        public void Dispose()
        {
            Due = Timeout.InfiniteTimeSpan;
            Inner!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
