namespace RedisBackplane.Simulation.World;

/// <summary>
/// Virtual time, and everything that is yet to happen. Whatever happens, happens in here, on one thread; what is due at the same moment
/// happens in an order that chance decides.
/// </summary>
internal sealed class Schedule(Chance chance)
{
    private readonly PriorityQueue<(Action Work, Actor? Actor), (long Time, ulong Order)> _steps = new();
    private uint _count;

    /// <summary>Since the beginning, in ticks of a <see cref="TimeSpan"/>.</summary>
    public long Now { get; private set; }

    public Chance Chance { get; } = chance;

    /// <summary>Steps done so far.</summary>
    public long Steps { get; private set; }

    public void At(long time, Action work, Actor? actor = null) =>
        _steps.Enqueue((work, actor), (Math.Max(time, Now), (Chance.Next() & 0xFFFFFFFF00000000) | _count++));

    public void In(TimeSpan delay, Action work, Actor? actor = null) => At(Now + delay.Ticks, work, actor);

    /// <summary>Lets happen what is due up to a time.</summary>
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
