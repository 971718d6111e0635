using RedisBackplane.Timing;

namespace RedisBackplane.Simulation.World;

/// <summary>The clock of one server: virtual time, and the error of its wall clock.</summary>
internal sealed class ServerClock(Schedule schedule, Actor actor) : TimeProvider, ISimulatedTime
{
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly long LongestHandOver = TimeSpan.FromMicroseconds(30).Ticks;

    /// <summary>How far the wall clock is ahead.</summary>
    public TimeSpan Error { get; set; }

    /// <summary>How much faster the wall clock runs.</summary>
    public double Drift { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => schedule.Now;

    public override DateTimeOffset GetUtcNow() => Epoch + (TimeSpan.FromTicks(schedule.Now) * (1 + Drift)) + Error;

    /// <summary>Runs work as a thread pool does: soon, and in any order.</summary>
    public void Queue(Action work) => schedule.At(schedule.Now + schedule.Chance.Between(0, LongestHandOver), work, actor);

    public double NextJitter() => schedule.Chance.NextDouble();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, () => callback(state), dueTime, period);

    private sealed class Timer : ITimer
    {
        private readonly ServerClock _clock;
        private readonly Action _tick;
        private TimeSpan _period;
        private int _version;

        public Timer(ServerClock clock, Action tick, TimeSpan dueTime, TimeSpan period)
        {
            (_clock, _tick) = (clock, tick);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _version++;
            _period = period;
            Set(dueTime);
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Set(TimeSpan delay)
        {
            if (delay == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            var version = _version;
            _clock.Schedule.In(delay, () => Tick(version), _clock.Actor);
        }

        private void Tick(int version)
        {
            if (version != _version)
            {
                return;
            }

            if (_period > TimeSpan.Zero)
            {
                Set(_period);
            }

            _tick();
        }
    }

    private Schedule Schedule => schedule;

    private Actor Actor => actor;
}
