using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Compares the ids of a frame with <see cref="LastId"/>. Pure: no time, no input or output. Not thread-safe.
/// </summary>
internal sealed class Sequencer
{
    /// <summary>
    /// When ids restart, legacy_ids.lua leaps at least this far. Servers of the older package do not send the id before
    /// a frame, so the distance must decide.
    /// </summary>
    internal const ulong LeastLeapOfAnonymous = 1_048_576;

    private long _lastId;

    /// <summary>The receiver has everything up to this id, or knows that it is lost.</summary>
    /// <remarks>Other threads may read it.</remarks>
    public ulong LastId => (ulong)Volatile.Read(ref _lastId);

    public Verdict Judge(in FrameHeader header)
    {
        if (header.LastId <= LastId)
        {
            return Verdict.Duplicate;
        }

        if (header.PreviousId > LastId)
        {
            return header.IsAnonymous && header.PreviousId - LastId >= LeastLeapOfAnonymous ? Verdict.Jump : Verdict.Gap;
        }

        return header.FirstId == LastId + 1 ? Verdict.Deliver : Verdict.Jump;
    }

    /// <summary>Moves forward. An id below the last one changes nothing.</summary>
    public void Advance(ulong id) => Volatile.Write(ref _lastId, (long)Math.Max(LastId, id));
}

/// <summary>The meaning of a frame for a receiver.</summary>
internal enum Verdict
{
    /// <summary>It is the next one.</summary>
    Deliver,

    /// <summary>Its ids were seen already.</summary>
    Duplicate,

    /// <summary>Something before it is missing.</summary>
    Gap,

    /// <summary>
    /// Its ids increase by more than one, and nothing is missing: the counter in Redis restarted at a higher value.
    /// </summary>
    Jump,
}
