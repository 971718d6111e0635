namespace RedisBackplane.Publishing;

/// <summary>
/// Finds the batch that Redis, or something on the network path, refuses for its size. Some say so; others only cut the
/// connection. In that case a batch is blamed after it was the only one in flight several times in a row, and a part of
/// a blamed batch after it was the only one once. Pure. Not thread-safe: <see cref="Publisher"/> guards it.
/// </summary>
internal sealed class SizeSuspicion
{
    /// <summary>Smaller batches are never blamed: a limit below this size would let nothing through.</summary>
    internal const int LeastSuspect = 16 * 1024;

    /// <summary>
    /// How often a batch must have been cut off while it was the only one in flight. One message is given up only after
    /// that.
    /// </summary>
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

    /// <summary>
    /// A batch was blamed, and is sent in parts. One of them is at fault, so the next calls are made one at a time.
    /// </summary>
    public void NoteSplit() => (_failures, _cuts) = (FailuresUntilCareful, 0);

    /// <summary>A call failed.</summary>
    /// <returns>Whether the batch is refused for its size.</returns>
    public bool NoteFailed(Batch batch, CallFailure failure)
    {
        if (failure == CallFailure.TooLarge)
        {
            return true;
        }

        if (failure != CallFailure.Cut || batch.Length < LeastSuspect)
        {
            return false;
        }

        _failures = batch.IsPart ? Math.Max(FailuresUntilCareful, _failures + 1) : _failures + 1;
        _cuts = batch.WasSentAlone ? (_suspect == batch.Number ? _cuts + 1 : 1) : 0;
        _suspect = batch.Number;

        // To split a part once more costs little, so one cut is enough. Only a single message can be given up.
        return _cuts >= (batch.IsPart && batch.Count > 1 ? 1 : MostCuts);
    }
}
