namespace RedisBackplane.Publishing;

/// <summary>What a failed call says of the batch that it carried.</summary>
internal enum CallFailure
{
    /// <summary>Nothing: Redis is away, or refuses what anybody sends.</summary>
    Other,

    /// <summary>The connection ended while the call was under way; a batch that is too large can be why.</summary>
    Cut,

    /// <summary>Redis says that the batch is too large.</summary>
    TooLarge,
}
