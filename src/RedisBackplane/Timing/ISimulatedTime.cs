namespace RedisBackplane.Timing;

/// <summary>
/// A clock that also decides when background work runs and which random numbers are drawn, so that a simulation can
/// repeat a run exactly.
/// </summary>
internal interface ISimulatedTime
{
    /// <summary>Runs work later, under no lock of the caller.</summary>
    void Queue(Action work);

    /// <summary>Chance, from 0 to below 1.</summary>
    double NextJitter();
}
