using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery;
using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Telemetry;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Streams;

/// <summary>
/// The streams of one bus and the connections that carry them: stream <i>s</i> is carried by the connection at place
/// <i>s</i> modulo their number. The streams are independent: a Redis that is down stops only its own streams.
/// Thread-safe.
/// </summary>
internal sealed class BackplaneStreams : IDisposable
{
    private readonly ServerIdentity _server = ServerIdentity.Create();
    private readonly RedisBackplaneOptions _options;
    private readonly MessageDelivery _delivery;
    private readonly IPerformanceCounterManager _signalR;
    private readonly BusMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RedisConnection[] _connections;
    private readonly RedisRoster[] _rosters;
    private readonly PublisherLimits _limits;
    private readonly QueueBudget _queue;
    private readonly object _growth = new();
    private volatile BackplaneStream[] _streams;
    private bool _isDisposed;

    /// <param name="options">The settings of the bus; nobody changes them afterwards.</param>
    /// <param name="connect">Creates the connections of the bus; null for the client library.</param>
    public BackplaneStreams(
        RedisBackplaneOptions options,
        MessageDelivery delivery,
        IPerformanceCounterManager signalR,
        BusMetrics metrics,
        ILogger logger,
        TimeProvider time,
        RedisConnectionSource.Connect? connect = null)
    {
        (_options, _delivery, _signalR, _metrics, _logger, _time) = (options, delivery, signalR, metrics, logger, time);
        _connections =
        [
            .. RedisConnectionSource.AllFrom(options, i => new RedisNames(options.AppName, 0, i).Server, logger, time, connect)
                .Select(source => new RedisConnection(options.AppName, source, logger, time, Jitter.Of(time))),
        ];
        _limits = PublisherLimits.From(options);
        _queue = new QueueBudget(_limits.MaxQueueMessages, _limits.MaxQueueBytes, options.StreamCount);
        _limits = _limits.PerStream(options.StreamCount, _queue);
        _rosters = [.. _connections.Select((connection, i) => Join(connection, i))];
        _streams = [.. Enumerable.Range(0, options.StreamCount).Select(i => Create(i, delivery.GetSink(i)))];
    }

    /// <summary>A stream opened or closed. Raised under a lock of that stream.</summary>
    public event Action<BackplaneStream>? OpenChanged;

    /// <summary>
    /// In a stream, the messages with ids after the first and up to the second are lost. Raised under a lock of that
    /// stream.
    /// </summary>
    public event Action<int, ulong, ulong>? Lost;

    /// <summary>
    /// The farm has more streams than this server sends over, and this server now reads one more. That stream is not
    /// open yet.
    /// </summary>
    public event Action<BackplaneStream>? Added;

    /// <summary>
    /// The streams that this server reads: first those that it sends over, then those that only others send over.
    /// </summary>
    public IReadOnlyList<BackplaneStream> All => _streams;

    /// <summary>Whether messages of every stream are sent and received.</summary>
    public bool AreOpen => Array.TrueForAll(_streams, static stream => stream.IsOpen);

    /// <inheritdoc cref="QueueBudget.Usage"/>
    public double QueueUsage => _queue.Usage;

    public long Reconnects => _connections.Sum(static connection => connection.Reconnects);

    public void Start()
    {
        foreach (var connection in _connections)
        {
            connection.Start();
        }
    }

    public Task Publish(Message message) => _streams[StreamChoice.Of(message.Source, _options.StreamCount)].Publish(message);

    /// <summary>
    /// Completes when the queues of the streams are empty and the farm knows that this server leaves. A stream without
    /// a connection may still get one, so the caller decides how long to wait.
    /// </summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(_streams.Select(static stream => stream.WhenDrained())).ConfigureAwait(false);
        await Task.WhenAll(_rosters.Select(static roster => roster.LeaveAsync())).ConfigureAwait(false);
    }

    public void Dispose()
    {
        lock (_growth)
        {
            _isDisposed = true;
        }

        foreach (var roster in _rosters)
        {
            roster.Dispose();
        }

        foreach (var stream in _streams)
        {
            stream.Dispose();
        }

        // In parallel, because each may have to wait for a socket.
        Parallel.ForEach(_connections, static connection => connection.Dispose());
    }

    private RedisRoster Join(RedisConnection connection, int index)
    {
        var place = FormattableString.Invariant($"{index + 1}/{_connections.Length}");
        var names = new RedisNames(_options.AppName, connection.Database);
        var first = new RedisStreamContext(_options.AppName, connection, names, _logger, _time);
        var roster = new RedisRoster(first, _options, _server, place, () => _options.SendOnly ? 0 : _streams.Length);
        roster.Told += Widen;
        return roster;
    }

    private BackplaneStream Create(int index, IFrameSink sink)
    {
        var place = index % _connections.Length;
        var connection = _connections[place];
        var context = StreamContext.Of(_options, index, connection.Database, _metrics.CreateMeter(index, _logger), _logger, _time);
        _delivery.SetHighestId(index, () => context.Highest.Value);
        var stream = new BackplaneStream(context, _server, connection, _rosters[place], _limits, sink, _signalR);
        stream.OpenChanged += changed => OpenChanged?.Invoke(changed);
        stream.Lost += (lossy, after, upTo) => Lost?.Invoke(lossy.Index, after, upTo);
        return stream;
    }

    /// <summary>
    /// Reads as many streams as the farm has. It keeps all of them until it is disposed, because clients may still
    /// return with a position in them.
    /// </summary>
    private void Widen(int streams)
    {
        if (_options.SendOnly || _streams.Length >= streams)
        {
            return;
        }

        lock (_growth)
        {
            if (_isDisposed || _streams.Length >= streams)
            {
                return;
            }

            StreamsLog.FarmHasMoreStreams(_logger, _options.AppName, streams, _options.StreamCount);
            while (_streams.Length < streams)
            {
                var stream = Create(_streams.Length, _delivery.AddStream());
                _streams = [.. _streams, stream];
                Added?.Invoke(stream);
                stream.Start();
            }
        }
    }
}
