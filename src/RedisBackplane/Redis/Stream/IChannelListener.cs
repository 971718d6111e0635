namespace RedisBackplane.Redis.Stream;

/// <summary>One subscription of the channel. Thread-safe, but for <see cref="Begin"/>.</summary>
internal interface IChannelListener
{
    /// <summary>The client library ended the subscription.</summary>
    bool HasEnded { get; }

    /// <summary>Payloads that have arrived and were not handed over yet.</summary>
    int Backlog { get; }

    /// <summary>Hands over the payloads from now on, one at a time, in their order. To be called once.</summary>
    void Begin(Action<byte[]> onPayload);

    /// <summary>Leaves the channel. What has arrived is still handed over.</summary>
    Task LeaveAsync();

    /// <summary>The same, without waiting for Redis.</summary>
    void Leave();

    /// <summary>Leaves the channel, and lets go of what has arrived.</summary>
    void Drop();
}
