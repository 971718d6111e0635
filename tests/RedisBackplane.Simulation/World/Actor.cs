namespace RedisBackplane.Simulation.World;

/// <summary>A process of the simulation. It can be killed, and it can be paused: then it does its work later.</summary>
internal sealed class Actor(string name)
{
    private readonly Queue<Action> _waiting = new();

    public string Name { get; } = name;

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    public void Kill()
    {
        IsDead = true;
        _waiting.Clear();
    }

    public void Pause() => IsPaused = true;

    /// <summary>Does the work that came in the pause, in order.</summary>
    public void Resume()
    {
        IsPaused = false;
        while (!IsDead && !IsPaused && _waiting.TryDequeue(out var work))
        {
            work();
        }
    }

    public void Run(Action work)
    {
        if (IsPaused)
        {
            _waiting.Enqueue(work);
        }
        else if (!IsDead)
        {
            work();
        }
    }
}
