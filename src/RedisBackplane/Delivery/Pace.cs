namespace RedisBackplane.Delivery;

/// <summary>
/// Decides whether what comes in has to wait for the subscriptions of this server. Pure: it knows how much room there is and what time it
/// is. Not thread-safe: guarded by <see cref="StreamLog.Gate"/>.
/// </summary>
/// <remarks>
/// It has to, from when less than a quarter of the log may still be filled before something is dropped that a subscription is about to
/// take, until half of it may; and no longer than <see cref="DeliveryLimits.Patience"/>, whatever holds that subscription up.
/// </remarks>
internal sealed class Pace
{
    private const double Crowded = 0.25;
    private const double Relaxed = 0.5;

    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private long _heldSince;

    public Pace(TimeSpan patience, TimeProvider time)
    {
        _patience = patience;
        _time = time;
    }

    /// <summary>What comes in waits.</summary>
    public bool IsHolding { get; private set; }

    /// <summary>Whether a subscription with so much room is one to be waited for.</summary>
    public static bool IsBehind(double room) => room < Relaxed;

    /// <summary>Decides.</summary>
    /// <param name="room">The part of the log that may be filled before somebody loses a message: 0 or less for none, 1 for all.</param>
    /// <returns>Whether patience is at its end: those who are behind are to be waited for no more.</returns>
    public bool Judge(double room)
    {
        if (!IsHolding)
        {
            if (room < Crowded)
            {
                IsHolding = true;
                _heldSince = _time.GetTimestamp();
            }

            return false;
        }

        if (!IsBehind(room))
        {
            IsHolding = false;
            return false;
        }

        if (_time.GetElapsedTime(_heldSince) < _patience)
        {
            return false;
        }

        IsHolding = false;
        return true;
    }
}
