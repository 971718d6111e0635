using RedisBackplane.Load.Nodes;
using StackExchange.Redis;

namespace RedisBackplane.Load.Buses;

/// <summary>
/// Publish and subscribe of StackExchange.Redis: no SignalR, no ids, no keys, and a publisher that does not listen.
/// </summary>
internal sealed class RawLoadBus : ILoadBus
{
    private readonly int _port;
    private readonly RedisChannel _channel;
    private ConnectionMultiplexer? _connection;
    private ISubscriber? _subscriber;

    public RawLoadBus(int port, string channel)
    {
        _port = port;
        _channel = RedisChannel.Literal(channel);
    }

    public long Pulled => 0;

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _connection = await ConnectionMultiplexer.ConnectAsync("127.0.0.1:" + _port).WaitAsync(cancellationToken);
        _subscriber = _connection.GetSubscriber();
    }

    public Task PublishAsync(string key, string source, byte[] payload) => PublishAsync(payload);

    public Task PublishAsync(byte[] message) => _subscriber!.PublishAsync(_channel, message);

    public void Listen(IEnumerable<DeliveryTracker> trackers)
    {
        var byKey = trackers.ToArray();
        Listen(message => Deliver(message, byKey));
    }

    public void Listen(Action<byte[]> take) => _subscriber!.Subscribe(_channel).OnMessage(message => take((byte[])message.Message!));

    /// <summary>
    /// Without keys, one handler receives everything, and looks up the tracker like the keys of the other variants.
    /// </summary>
    public static void Deliver(byte[] payload, DeliveryTracker[] byKey)
    {
        var key = Payload.Read(payload).Lane % byKey[0].Keys - byKey[0].KeyNumber;
        if (key >= 0 && key < byKey.Length)
        {
            byKey[key].BeginDelivery();
            byKey[key].Record(payload);
        }
    }

    public void Dispose() => _connection?.Dispose();
}
