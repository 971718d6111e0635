namespace RedisBackplane.Simulation.World;

/// <summary>
/// Virtual time, and all events to come. Every event happens here, on one thread. Chance decides the order of events
/// that are due at the same time.
/// </summary>
internal sealed class Schedule(Chance chance)
{
    private readonly PriorityQueue<(Action Work, Actor? Actor), (long Time, ulong Order)> _steps = new();
    private uint _count;

    /// <summary>The time since the start, in ticks of a <see cref="TimeSpan"/>.</summary>
    public long Now { get; private set; }

    public Chance Chance { get; } = chance;

    /// <summary>The number of steps so far.</summary>
    public long Steps { get; private set; }

    public void At(long time, Action work, Actor? actor = null) =>
        _steps.Enqueue((work, actor), (Math.Max(time, Now), (Chance.Next() & 0xFFFFFFFF00000000) | _count++));

    public void In(TimeSpan delay, Action work, Actor? actor = null) => At(Now + delay.Ticks, work, actor);

    /// <summary>Runs everything that is due up to a time.</summary>
    public void RunUntil(long time)
    {
        while (_steps.TryPeek(out _, out var due) && due.Time <= time)
        {
            Step();
        }

        Now = Math.Max(Now, time);
    }

    private void Step()
    {
        _steps.TryDequeue(out var step, out var due);
        Now = due.Time;
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
}
