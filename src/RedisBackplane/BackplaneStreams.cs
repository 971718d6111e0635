using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery;
using RedisBackplane.Diagnostics;
using RedisBackplane.Publishing;
using RedisBackplane.Redis;
using RedisBackplane.Timing;

namespace RedisBackplane;

/// <summary>
/// The streams of one bus and the connections that carry them: stream <i>s</i> is carried by the connection at place <i>s</i> modulo their
/// number. Each stream is on its own, so that a Redis that is away holds up only what it carries. Thread-safe.
/// </summary>
internal sealed class BackplaneStreams : IDisposable
{
    private readonly RedisConnection[] _connections;
    private readonly BackplaneStream[] _streams;

    public BackplaneStreams(
        RedisBackplaneOptions options,
        MessageDelivery delivery,
        IPerformanceCounterManager signalR,
        BusMetrics metrics,
        ILogger logger,
        TimeProvider time)
    {
        _connections =
        [
            .. RedisConnectionSource.AllFrom(options, logger, time)
                .Select(source => new RedisConnection(options.AppName, source, logger, time, Jitter.Default)),
        ];
        _streams = new BackplaneStream[options.StreamCount];
        for (var i = 0; i < _streams.Length; i++)
        {
            var connection = _connections[i % _connections.Length];
            var stream = new BackplaneStream(options, i, connection, delivery.GetSink(i), signalR, metrics.CreateMeter(i), logger, time);
            stream.OpenChanged += changed => OpenChanged?.Invoke(changed);
            stream.Lost += (lossy, after, upTo) => Lost?.Invoke(lossy.Index, after, upTo);
            _streams[i] = stream;
        }
    }

    /// <summary>A stream opened or closed. Raised under a lock of that stream.</summary>
    public event Action<BackplaneStream>? OpenChanged;

    /// <summary>In a stream, the ids after the first and up to the second could not be had. Raised under a lock of that stream.</summary>
    public event Action<int, ulong, ulong>? Lost;

    public IReadOnlyList<BackplaneStream> All => _streams;

    /// <summary>Messages of every stream go out and come in.</summary>
    public bool AreOpen => Array.TrueForAll(_streams, static stream => stream.IsOpen);

    public long Reconnects => _connections.Sum(static connection => connection.Reconnects);

    /// <summary>Begins to connect.</summary>
    public void Start()
    {
        foreach (var connection in _connections)
        {
            connection.Start();
        }
    }

    public Task Publish(Message message) => _streams[StreamChoice.Of(message.Source, _streams.Length)].Publish(message);

    /// <summary>Ends when the streams that can send hold nothing any more; without a connection there is nothing to wait for.</summary>
    public Task WhenDrained() => Task.WhenAll(_streams.Where(static stream => stream.IsOpen).Select(static stream => stream.WhenDrained()));

    public void Dispose()
    {
        foreach (var stream in _streams)
        {
            stream.Dispose();
        }

        // At once: each may have to wait for a socket.
        Parallel.ForEach(_connections, static connection => connection.Dispose());
    }
}
