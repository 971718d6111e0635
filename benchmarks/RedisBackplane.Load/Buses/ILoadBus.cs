using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Buses;

/// <summary>What a node drives: one server's end of the backplane.</summary>
internal interface ILoadBus : IDisposable
{
    Task ConnectAsync(CancellationToken cancellationToken);

    Task PublishAsync(string key, string source, byte[] payload);

    /// <summary>Messages that came by reading the history instead of over the channel.</summary>
    long Pulled { get; }

    /// <summary>Makes local connections, one for each tracker.</summary>
    void Listen(IEnumerable<DeliveryTracker> trackers);
}
