using RedisBackplane.Receiving;
using StackExchange.Redis;

namespace RedisBackplane.Redis;

/// <summary>The channel and the history of one stream, as Redis gives them. Calls come one after the other.</summary>
internal sealed class RedisStreamSource : IStreamSource
{
    private readonly string _appName;
    private readonly RedisConnection _connection;
    private readonly RedisNames _names;
    private readonly RedisHistory _history;
    private ChannelMessageQueue? _queue;

    public RedisStreamSource(string appName, RedisConnection connection, RedisNames names, RedisHistory history)
    {
        _appName = appName;
        _connection = connection;
        _names = names;
        _history = history;
    }

    public bool HasHistory => _history.IsAvailable;

    public async Task SubscribeAsync(Action<byte[]> onFrame, CancellationToken cancellationToken)
    {
        var subscriber = _connection.Multiplexer.GetSubscriber();
        if (_queue is null)
        {
            // The queue overload is the one that keeps the order of the channel.
            var queue = await subscriber.SubscribeAsync(_names.Channel).ConfigureAwait(false);
            queue.OnMessage(message => onFrame((byte[]?)message.Message ?? []));
            _queue = queue;
        }

        // After a reconnect the client subscribes anew by itself; the endpoint is known once Redis has confirmed it.
        if (subscriber.SubscribedEndpoint(_names.Channel) is null)
        {
            throw new BackplaneException($"The channel of the backplane '{_appName}' is not subscribed yet.");
        }
    }

    public Task<HistoryPage> ReadAsync(ulong after, CancellationToken cancellationToken) => _history.ReadAsync(after);
}
