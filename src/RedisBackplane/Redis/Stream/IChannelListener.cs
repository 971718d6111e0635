namespace RedisBackplane.Redis.Stream;

/// <summary>One subscription to the channel. Thread-safe, except for <see cref="Begin"/>.</summary>
internal interface IChannelListener
{
    /// <summary>Whether the client library ended the subscription.</summary>
    bool HasEnded { get; }

    /// <summary>The number of payloads that have arrived and were not passed on yet.</summary>
    int Backlog { get; }

    /// <summary>Passes on the payloads from now on, one at a time, in order. Call it once.</summary>
    void Begin(Action<byte[]> onPayload);

    /// <summary>Unsubscribes. Payloads that have arrived are still passed on.</summary>
    Task LeaveAsync();

    /// <summary>Unsubscribes without waiting for Redis.</summary>
    void Leave();

    /// <summary>Unsubscribes, and drops payloads that have arrived.</summary>
    void Drop();
}
