using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Buses;

/// <summary>What a node drives: one server's end of the backplane.</summary>
internal interface ILoadBus : IDisposable
{
    Task ConnectAsync(CancellationToken cancellationToken);

    Task PublishAsync(string key, string source, byte[] payload);

    /// <summary>Makes local connections, one for each tracker.</summary>
    void Listen(IEnumerable<DeliveryTracker> trackers);
}
