namespace RedisBackplane.Timing;

/// <summary>
/// A clock that also decides when background work runs and which random numbers are drawn, so that a simulation can
/// repeat a run exactly.
/// </summary>
internal interface ISimulatedTime
{
    /// <summary>Runs work later, outside of the caller's locks.</summary>
    void Queue(Action work);

    /// <summary>A random number, from 0 to below 1.</summary>
    double NextJitter();
}
