using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Buses;

/// <summary>A SignalR message bus, driven as SignalR drives it.</summary>
internal sealed class SignalRLoadBus : ILoadBus
{
    // The same number as SignalR's streaming transports.
    private const int MaxMessages = 10;

    private readonly MessageBus _bus;
    private readonly Func<CancellationToken, Task> _connect;
    private readonly Func<long> _pulled;

    public SignalRLoadBus(MessageBus bus, Func<CancellationToken, Task> connect, Func<long>? pulled = null)
    {
        _bus = bus;
        _connect = connect;
        _pulled = pulled ?? (static () => 0);
    }

    public long Pulled => _pulled();

    public Task ConnectAsync(CancellationToken cancellationToken) => _connect(cancellationToken);

    public Task PublishAsync(string key, string source, byte[] payload) =>
        _bus.Publish(new Message(source, key, new ArraySegment<byte>(payload)));

    public void Listen(IEnumerable<DeliveryTracker> trackers)
    {
        var number = 0;
        foreach (var tracker in trackers)
        {
            // A hub connection listens to its hub and to itself, in addition to its group or user.
            var id = "connection-" + number++;
            var connection = new LoadConnection(id, [tracker.Key, "h-Load", "hc-Load." + id], tracker);
            _bus.Subscribe(connection, null, connection.OnMessages, MaxMessages, null);
        }
    }

    public void Dispose() => _bus.Dispose();
}
