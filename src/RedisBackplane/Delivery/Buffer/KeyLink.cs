using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>One subscription's interest in one key of one stream. Data of the <see cref="StreamBuffer"/>.</summary>
internal sealed class KeyLink(SubscriptionPosition position, KeyEntry entry)
{
    public SubscriptionPosition Position { get; } = position;

    public KeyEntry Entry { get; } = entry;

    /// <summary>Its place among the links of the key.</summary>
    public int Index { get; set; }

    /// <summary>Whether it is in the position's list of links that may have messages to take.</summary>
    public bool IsPending { get; set; }

    public KeyLink? NextPending { get; set; }

    /// <summary>
    /// The same subscription's interest in the same key of the next stream. It belongs to the subscription.
    /// </summary>
    public KeyLink? NextStream { get; set; }

    /// <summary>Whether its position waits for older messages of the key.</summary>
    public bool IsAwaited { get; set; }

    public bool IsRemoved { get; set; }
}
