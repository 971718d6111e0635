using RedisBackplane.Streams;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Distinguishes duplicates from messages with reused ids. A server of the older package increments whatever counter it
/// finds. After Redis has lost the counter, it reuses old ids, and the messages that it sends until the counter is
/// corrected have no place in the stream. Not thread-safe.
/// </summary>
internal sealed class RepeatedIds(StreamContext context, ReceiveCounters counters)
{
    private ulong _lastTaken;
    private bool _isTold;

    public void Took(ulong lastId)
    {
        _lastTaken = lastId;
        _isTold = false;
    }

    /// <summary>A frame arrived whose ids were already seen.</summary>
    /// <returns>Whether the ids went back, so that the counter must be checked.</returns>
    public bool Note(in FrameHeader header, ulong lastId)
    {
        // The channel delivers each payload once. An id below the last one that was never taken was sent before this
        // server started.
        if (!header.IsAnonymous || header.LastId > _lastTaken)
        {
            counters.Duplicates.Add();
            return false;
        }

        if (!_isTold)
        {
            _isTold = true;
            ReceivingLog.IdsWentBack(context.Logger, context.Name, header.LastId, lastId);
        }

        return true;
    }
}
