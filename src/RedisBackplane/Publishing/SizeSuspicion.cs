namespace RedisBackplane.Publishing;

/// <summary>
/// Finds the batch that Redis, or something on the network path, refuses for its size. Some say so; others only cut the
/// connection. In that case a batch is blamed after it was the only one in flight several times in a row. Pure. Not
/// thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class SizeSuspicion
{
    /// <summary>Smaller batches are never blamed: a limit below this size would let nothing through.</summary>
    internal const int LeastSuspect = 16 * 1024;

    /// <summary>How often a batch must have been cut off while it was the only one in flight.</summary>
    internal const int MostCuts = 3;

    // After this many failures without a success in between, batches are sent one at a time. Only then is it known
    // which one is at fault.
    private const int FailuresUntilCareful = 2;

    private int _failures;
    private ulong _suspect;
    private int _cuts;

    /// <summary>
    /// Several batches in a row were cut off: only one call may be in flight, and the next attempt waits.
    /// </summary>
    public bool IsCareful => _failures >= FailuresUntilCareful;

    /// <summary>A call succeeded.</summary>
    public void NoteStored() => (_failures, _cuts) = (0, 0);

    /// <summary>A call failed.</summary>
    /// <returns>Whether the batch is refused for its size.</returns>
    public bool NoteFailed(ulong number, int length, CallFailure failure)
    {
        if (failure == CallFailure.TooLarge)
        {
            return true;
        }

        if (failure != CallFailure.Cut || length < LeastSuspect)
        {
            return false;
        }

        var wasAlone = IsCareful;
        _failures++;
        _cuts = wasAlone ? (_suspect == number ? _cuts + 1 : 1) : 0;
        _suspect = number;
        return _cuts >= MostCuts;
    }
}
