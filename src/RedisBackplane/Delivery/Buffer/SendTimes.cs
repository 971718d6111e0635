namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// Finds the newest frame that was sent before a time, with a binary search. The clocks of publishers differ, so the
/// times of the frames are not in order. A frame is kept only while no later one was sent before it. The times of the
/// kept frames are in order. Not thread-safe.
/// </summary>
internal sealed class SendTimes
{
    private readonly Ring<SentFrame> _kept = new();

    public void Append(long sentAt, ulong lastId)
    {
        while (_kept.Count > 0 && _kept[_kept.Count - 1].SentAt >= sentAt)
        {
            _kept.RemoveLast();
        }

        _kept.AddLast() = new SentFrame(sentAt, lastId);
    }

    /// <summary>Forgets the frames up to an id.</summary>
    public void DropThrough(ulong id)
    {
        while (_kept.Count > 0 && _kept[0].LastId <= id)
        {
            _kept.RemoveFirst();
        }
    }

    /// <summary>The last id of the newest frame that was sent before a time; null if all were sent later.</summary>
    public ulong? LastIdBefore(long sentAt)
    {
        var first = _kept.FirstPast(sentAt, static (in SentFrame frame, long sentAt) => frame.SentAt >= sentAt);
        return first == 0 ? null : _kept[first - 1].LastId;
    }

    private readonly record struct SentFrame(long SentAt, ulong LastId);
}
