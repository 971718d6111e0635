using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Tells from the ids of a frame what it means to a receiver that has everything up to <see cref="LastId"/>. Pure: no time, no input or
/// output. Not thread-safe.
/// </summary>
internal sealed class Sequencer
{
    // publish_legacy.lua leaps by more, where ids begin anew; servers of the older package do not say what was before. A farm
    // that misses as many messages has other worries.
    private const ulong MaxGapOfAnonymous = 524_288;

    /// <summary>Everything up to this id was seen, or is known to be lost.</summary>
    public ulong LastId { get; private set; }

    public Verdict Judge(in FrameHeader header)
    {
        if (header.LastId <= LastId)
        {
            return Verdict.Duplicate;
        }

        if (header.PreviousId > LastId)
        {
            return header.IsAnonymous && header.PreviousId - LastId > MaxGapOfAnonymous ? Verdict.Jump : Verdict.Gap;
        }

        return header.FirstId == LastId + 1 ? Verdict.Deliver : Verdict.Jump;
    }

    /// <summary>Goes forward; an id below the last one changes nothing.</summary>
    public void Advance(ulong id) => LastId = Math.Max(LastId, id);
}

/// <summary>What a frame means to a receiver.</summary>
internal enum Verdict
{
    /// <summary>The next one.</summary>
    Deliver,

    /// <summary>Its ids were seen already.</summary>
    Duplicate,

    /// <summary>Something before it is missing.</summary>
    Gap,

    /// <summary>Its ids go up by more than one, and nothing is missing: the counter in Redis began anew.</summary>
    Jump,
}
