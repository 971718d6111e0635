using RedisBackplane.Receiving;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Timing;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Stream;

/// <summary>The channel and the history of one stream in Redis. Calls are made one after the other.</summary>
/// <param name="listens">Whether this server receives at all.</param>
/// <param name="catchesUp">
/// Whether the history is read. It is not read if it may lack messages of the stream: such a message would look lost,
/// but may still arrive.
/// </param>
/// <param name="admit">
/// Completes when this server may use the stream. It is called until it has succeeded once, so that no later outage
/// depends on it.
/// </param>
internal sealed class RedisStreamSource(
    RedisStreamContext stream,
    RedisFarm farm,
    RedisHistory history,
    bool listens,
    bool catchesUp = true,
    Func<Task>? admit = null) : IStreamSource, IChannelBacklog, IDisposable
{
    private readonly object _gate = new();
    private bool _isAdmitted;
    private IConnectionMultiplexer? _multiplexer;
    private RedisChannel _channel;
    private IChannelListener? _listener;
    private volatile bool _isForgotten;
    private bool _isDisposed;

    /// <summary>Whether commands and, if this server listens, the channel have a connection.</summary>
    public bool IsConnected =>
        stream.Connection.IsConnected
        && (!listens || stream.Connection.Multiplexer.GetSubscriber().IsConnected(farm.Channel));

    public bool HasHistory => catchesUp && history.IsAvailable;

    int IChannelBacklog.Count
    {
        get
        {
            lock (_gate)
            {
                return _listener?.Backlog ?? 0;
            }
        }
    }

    public async Task SubscribeAsync(Func<Action<byte[]>> listen)
    {
        var multiplexer = stream.Connection.Multiplexer;
        await farm.CheckDatabaseAsync().ConfigureAwait(false);
        if (!_isAdmitted && admit is not null)
        {
            await admit().ConfigureAwait(false);
        }

        _isAdmitted = true;
        await farm.RecognizeAsync().ConfigureAwait(false);
        if (!listens)
        {
            return;
        }

        var deadline = stream.Connection.Deadlines.Channel;
        if (!ReferenceEquals(multiplexer, stream.Connection.Multiplexer))
        {
            throw new BackplaneException($"The connection of the backplane '{stream.Name}' was replaced meanwhile.");
        }

        var channel = farm.Channel;
        var subscriber = multiplexer.GetSubscriber();
        if (Take(old => _isForgotten || old.HasEnded || !ReferenceEquals(multiplexer, _multiplexer) || channel != _channel) is { } old
            && ReferenceEquals(multiplexer, _multiplexer))
        {
            await deadline.EndOf(old.LeaveAsync()).ConfigureAwait(false);
        }

        if (Volatile.Read(ref _listener) is null)
        {
            var listener = await Join(subscriber, channel, deadline).ConfigureAwait(false);
            var onFrame = listen();
            listener.Begin(payload =>
            {
                history.Heard(payload);
                onFrame(payload);
            });
            lock (_gate)
            {
                _listener = listener;
                _channel = channel;
                _multiplexer = multiplexer;
                if (_isDisposed)
                {
                    listener.Leave();
                }
            }

            _isForgotten = false;
        }

        // After a reconnect, the client subscribes again by itself, once. The endpoint is known when Redis has
        // confirmed the subscription. If Redis refused, only another attempt helps.
        if (subscriber.SubscribedEndpoint(channel) is null)
        {
            _isForgotten = true;
            throw new BackplaneException($"The channel of the backplane '{stream.Name}' is not subscribed yet.");
        }
    }

    /// <summary>
    /// Unsubscribes without waiting: a connection of the application stays open, and must no longer receive for this
    /// bus.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _listener?.Leave();
        }
    }

    void IChannelBacklog.Drop() => Take(static _ => true)?.Drop();

    /// <summary>
    /// Makes the next <see cref="SubscribeAsync"/> subscribe again, even if the client library believes that it is
    /// subscribed.
    /// </summary>
    public void ForgetSubscription() => _isForgotten = true;

    public FrameAssembly CreateAssembly() => StreamFormats.CreateAssembly();

    /// <inheritdoc cref="IProbedStream.PingChannelAsync"/>
    public Task PingChannelAsync()
    {
        if (!listens)
        {
            return Task.CompletedTask;
        }

        var deadline = stream.Connection.Deadlines.Channel;
        var subscriber = stream.Connection.Multiplexer.GetSubscriber();
        return stream.Connection.IsCluster ? PingOwnerAsync(subscriber, deadline) : deadline.EndOf(subscriber.PingAsync());
    }

    /// <inheritdoc cref="RedisHistory.ReadCounterAsync()"/>
    public Task<ulong?> ReadCounterAsync() => history.ReadCounterAsync();

    public async Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from)
    {
        var page = await history.ReadAsync(after, from, listens && catchesUp).ConfigureAwait(false);
        if (!listens)
        {
            // A server that does not listen misses nothing, whatever the counter is.
            return default;
        }

        return catchesUp ? page : new HistoryPage(page.Counter, null);
    }

    private async Task<IChannelListener> Join(ISubscriber subscriber, RedisChannel channel, CallDeadline deadline)
    {
        if (subscriber is IChannelSubscriber own)
        {
            return await deadline.ResultOf(own.JoinAsync(channel)).ConfigureAwait(false);
        }

        // If Redis refuses a subscription, StackExchange.Redis keeps the queue and does not return it. Such a queue can
        // be removed only together with all handlers of the channel, and on a lent connection some of them may be the
        // application's. So the first subscription is a handler, which can be removed alone. The queue then joins a
        // channel that is already subscribed, which cannot be refused.
        try
        {
            await deadline.EndOf(subscriber.SubscribeAsync(channel, Ignore)).ConfigureAwait(false);

            // The client library does not wait for an answer, but for the socket to take the command.
            return new RedisChannelListener(
                await deadline.ResultOf(subscriber.SubscribeAsync(channel, CommandFlags.FireAndForget)).ConfigureAwait(false));
        }
        catch (RedisServerException refusal) when (stream.Names.Rights.Explain(refusal) is { } missing)
        {
            throw missing;
        }
        finally
        {
            // The handler is removed when the method returns. A socket that takes no bytes must not delay this.
            subscriber.UnsubscribeAsync(channel, Ignore, CommandFlags.FireAndForget).IgnoreFailure();
        }
    }

    private static void Ignore(RedisChannel channel, RedisValue payload)
    {
        // The queue receives the messages.
    }

    // On a cluster, the client library sends a ping to any master. To join a channel, it uses the master that has the
    // slot, on the connection that must be checked.
    private async Task PingOwnerAsync(ISubscriber subscriber, CallDeadline deadline)
    {
        if (farm.QuietChannel is { } channel)
        {
            var listener = await Join(subscriber, channel, deadline).ConfigureAwait(false);
            await deadline.EndOf(listener.LeaveAsync()).ConfigureAwait(false);
        }
    }

    // Removes the listener, if it meets the condition.
    private IChannelListener? Take(Func<IChannelListener, bool> mustGo)
    {
        lock (_gate)
        {
            var listener = _listener is { } candidate && mustGo(candidate) ? candidate : null;
            _listener = listener is null ? _listener : null;
            return listener;
        }
    }
}
