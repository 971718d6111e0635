namespace RedisBackplane.Simulation.World;

/// <summary>A process of the simulation: it can be paused (it then does later what it has to do) and killed.</summary>
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

    /// <summary>Does what came in the pause, in its order.</summary>
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
