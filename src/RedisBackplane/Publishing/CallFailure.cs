namespace RedisBackplane.Publishing;

/// <summary>What a failed call says about its batch.</summary>
internal enum CallFailure
{
    /// <summary>Nothing: Redis is away, or refuses every batch.</summary>
    Other,

    /// <summary>
    /// The connection ended while the call was in flight. A batch that is too large can be the cause.
    /// </summary>
    Cut,

    /// <summary>Redis says that the batch is too large.</summary>
    TooLarge,

    /// <summary>
    /// The client library gave up the wait. The batch may still be on its way: its connection may be slower than its
    /// time-out expects.
    /// </summary>
    Unanswered,
}
