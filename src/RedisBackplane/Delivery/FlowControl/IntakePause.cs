namespace RedisBackplane.Delivery.FlowControl;

/// <summary>
/// Decides whether intake must pause for the subscriptions of this server. Pure: its inputs are the free room and the
/// time.
/// </summary>
/// <remarks>
/// The buffer may be filled up to the oldest message that a subscription is about to take. Intake pauses when less than
/// a quarter of the buffer is left until then, and resumes when half of it is. It never pauses longer than
/// <see cref="DeliveryLimits.Patience"/>, whatever the subscription waits for.
/// </remarks>
internal sealed class IntakePause(TimeSpan patience, TimeProvider time)
{
    private const double Crowded = 0.25;
    private const double Relaxed = 0.5;

    private long _heldSince;

    public bool IsHolding { get; private set; }

    /// <summary>Whether intake waits for a subscription with this much room.</summary>
    public static bool IsBehind(double room) => room < Relaxed;

    /// <summary>
    /// Decides by the room of the slowest subscription; see <see cref="Buffer.FrameStore.RoomAfter"/>.
    /// </summary>
    /// <returns>
    /// Whether the patience has ended, so that intake no longer waits for subscriptions that are behind.
    /// </returns>
    public bool Judge(double room)
    {
        if (!IsHolding)
        {
            if (room < Crowded)
            {
                IsHolding = true;
                _heldSince = time.GetTimestamp();
            }

            return false;
        }

        if (!IsBehind(room))
        {
            IsHolding = false;
            return false;
        }

        if (time.GetElapsedTime(_heldSince) < patience)
        {
            return false;
        }

        IsHolding = false;
        return true;
    }
}
