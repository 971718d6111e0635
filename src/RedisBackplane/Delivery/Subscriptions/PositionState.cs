namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>The state of a <see cref="SubscriptionPosition"/>.</summary>
internal enum PositionState
{
    /// <summary>The stream has not started on this server: nothing is delivered yet.</summary>
    BeforeStart,

    /// <summary>No messages wait for it: its place is the watermark of the stream, and moves with it.</summary>
    Idle,

    /// <summary>There may be messages after its place.</summary>
    Reading,

    /// <summary>It took all messages, and has not committed them yet; after that it is idle.</summary>
    Finishing,

    /// <summary>
    /// A search for older messages of one of its keys is running. Until it ends, the position takes nothing, so that
    /// messages stay in order.
    /// </summary>
    AwaitingBackfill,

    /// <summary>The client came with an id that this server has not reached yet.</summary>
    Ahead,

    /// <summary>The subscription has ended; the place no longer moves.</summary>
    Frozen,
}
