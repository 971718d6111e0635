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
    private readonly bool _listens;
    private IConnectionMultiplexer? _multiplexer;
    private ChannelMessageQueue? _queue;
    private volatile bool _isForgotten;

    public RedisStreamSource(string appName, RedisConnection connection, RedisNames names, RedisHistory history, bool listens)
    {
        _appName = appName;
        _connection = connection;
        _names = names;
        _history = history;
        _listens = listens;
    }

    public bool HasHistory => _history.IsAvailable;

    public async Task SubscribeAsync(Action<byte[]> onFrame, CancellationToken cancellationToken)
    {
        if (!_listens)
        {
            return;
        }

        var multiplexer = _connection.Multiplexer;
        var subscriber = multiplexer.GetSubscriber();
        if (_queue is { } old && (_isForgotten || !ReferenceEquals(multiplexer, _multiplexer)))
        {
            _queue = null;
            if (ReferenceEquals(multiplexer, _multiplexer))
            {
                await old.UnsubscribeAsync().ConfigureAwait(false);
            }
        }

        if (_queue is null)
        {
            // The queue overload is the one that keeps the order of the channel.
            var queue = await subscriber.SubscribeAsync(_names.Channel).ConfigureAwait(false);
            queue.OnMessage(message => onFrame((byte[]?)message.Message ?? []));
            _queue = queue;
            _multiplexer = multiplexer;
            _isForgotten = false;
        }

        // After a reconnect the client subscribes anew by itself; the endpoint is known once Redis has confirmed it.
        if (subscriber.SubscribedEndpoint(_names.Channel) is null)
        {
            throw new BackplaneException($"The channel of the backplane '{_appName}' is not subscribed yet.");
        }
    }

    public void ForgetSubscription() => _isForgotten = true;

    public Task PingChannelAsync() => _listens ? _connection.Multiplexer.GetSubscriber().PingAsync() : Task.CompletedTask;

    public Task<ulong?> ReadCounterAsync() => _history.ReadCounterAsync();

    public async Task<HistoryPage> ReadAsync(ulong after, CancellationToken cancellationToken)
    {
        var page = await _history.ReadAsync(after, _listens).ConfigureAwait(false);

        // Who does not listen misses nothing, however far the counter goes.
        return _listens ? page : default;
    }
}
