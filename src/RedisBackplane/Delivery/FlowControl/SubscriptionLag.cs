using RedisBackplane.Delivery.Buffer;
using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.FlowControl;

/// <summary>
/// The positions of a stream's subscriptions, and how far the slowest is behind. Only subscriptions that this server
/// itself delays count: they wait for a thread or are working. A subscription that waits for its client does not count,
/// so that a slow client never delays others. Data of the <see cref="StreamBuffer"/>; only <see cref="IsCrowded"/> is
/// thread-safe.
/// </summary>
internal sealed class SubscriptionLag(DeliveryLimits limits, FrameStore frames, TimeProvider time)
{
    /// <summary>
    /// The positions are checked each time this part of the buffer was filled. With more positions, more messages share
    /// the cost of a check.
    /// </summary>
    private const int LooksPerBuffer = 16;

    private readonly IntakePause _pause = new(limits.Patience, time);
    private readonly List<SubscriptionPosition> _positions = [];
    private long _lookAtMessages;
    private long _lookAtBytes;
    private volatile bool _isCrowded;

    /// <summary>
    /// Whether, at the last check, subscriptions were so far behind that intake has to pause. Thread-safe.
    /// </summary>
    public bool IsCrowded => _isCrowded;

    public IReadOnlyList<SubscriptionPosition> Positions => _positions;

    public void Add(SubscriptionPosition position)
    {
        position.ListIndex = _positions.Count;
        _positions.Add(position);
    }

    public void Remove(SubscriptionPosition position)
    {
        if (position.ListIndex < 0)
        {
            return;
        }

        var last = _positions[_positions.Count - 1];
        _positions[position.ListIndex] = last;
        last.ListIndex = position.ListIndex;
        _positions.RemoveAt(_positions.Count - 1);
        position.ListIndex = -1;
    }

    /// <summary>A frame was appended. Checks the positions if it is time to.</summary>
    public void Appended()
    {
        if (frames.AppendedMessages >= _lookAtMessages || frames.AppendedBytes >= _lookAtBytes)
        {
            Look();
        }
    }

    public bool Look()
    {
        _lookAtMessages = frames.AppendedMessages + Math.Max(1, frames.Limits.MaxLogMessages / LooksPerBuffer);
        _lookAtBytes = frames.AppendedBytes + Math.Max(1, frames.Limits.MaxLogBytes / LooksPerBuffer);
        var slowest = ulong.MaxValue;
        foreach (var position in _positions)
        {
            slowest = Math.Min(slowest, position.LagsAfter ?? ulong.MaxValue);
        }

        if (_pause.Judge(slowest == ulong.MaxValue ? 1 : frames.RoomAfter(slowest)))
        {
            PassOverThoseBehind();
        }

        return _isCrowded = _pause.IsHolding;
    }

    private void PassOverThoseBehind()
    {
        foreach (var position in _positions)
        {
            if (position.LagsAfter is { } after && IntakePause.IsBehind(frames.RoomAfter(after)))
            {
                position.PassOver();
            }
        }
    }
}
