namespace RedisBackplane.Simulation.World;

/// <summary>Virtual time and all events to come, on one thread. Chance orders events of the same time.</summary>
internal sealed class Schedule(Chance chance)
{
    // A heap: each step is due before the two below it.
    private Step[] _steps = new Step[64];
    private int _pending;
    private uint _count;

    /// <summary>The time since the start, in ticks of a <see cref="TimeSpan"/>.</summary>
    public long Now { get; private set; }

    public Chance Chance { get; } = chance;

    /// <summary>The number of steps so far.</summary>
    public long Steps { get; private set; }

    public void At(long time, Action work, Actor? actor = null)
    {
        if (_pending == _steps.Length)
        {
            Array.Resize(ref _steps, 2 * _pending);
        }

        Rise(_pending++, new Step(Math.Max(time, Now), (Chance.Next() & 0xFFFFFFFF00000000) | _count++, work, actor));
    }

    public void In(TimeSpan delay, Action work, Actor? actor = null) => At(Now + delay.Ticks, work, actor);

    /// <summary>Runs everything that is due up to a time.</summary>
    public void RunUntil(long time)
    {
        while (_pending > 0 && _steps[0].Time <= time)
        {
            Run(TakeFirst());
        }

        Now = Math.Max(Now, time);
    }

    private void Run(in Step step)
    {
        Now = step.Time;
        Steps++;
        if (step.Actor is { } actor)
        {
            actor.Run(step.Work);
        }
        else
        {
            step.Work();
        }
    }

    private Step TakeFirst()
    {
        var first = _steps[0];
        var last = _steps[--_pending];
        _steps[_pending] = default;
        if (_pending > 0)
        {
            Sink(last);
        }

        return first;
    }

    private void Rise(int at, in Step step)
    {
        while (at > 0 && step.IsBefore(_steps[(at - 1) / 2]))
        {
            _steps[at] = _steps[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _steps[at] = step;
    }

    private void Sink(in Step step)
    {
        var at = 0;
        for (var below = 1; below < _pending; below = (2 * at) + 1)
        {
            below += below + 1 < _pending && _steps[below + 1].IsBefore(_steps[below]) ? 1 : 0;
            if (step.IsBefore(_steps[below]))
            {
                break;
            }

            _steps[at] = _steps[below];
            at = below;
        }

        _steps[at] = step;
    }

    private readonly struct Step(long time, ulong order, Action work, Actor? actor)
    {
        private readonly ulong _order = order;

        public long Time { get; } = time;

        public Action Work { get; } = work;

        public Actor? Actor { get; } = actor;

        public bool IsBefore(in Step other) => Time < other.Time || (Time == other.Time && _order < other._order);
    }
}
