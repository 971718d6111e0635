using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Telemetry;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Streams;

/// <summary>
/// One stream: composes the rooms of the message path, from <see cref="Publish"/> to the <see cref="IFrameSink"/>, and
/// connects their events. Thread-safe.
/// </summary>
internal sealed class BackplaneStream : IDisposable
{
    private readonly StreamContext _context;
    private const int LinesOfABurst = 5;
    private static readonly TimeSpan BetweenBursts = TimeSpan.FromSeconds(10);

    private readonly OpenState _state;
    private readonly BurstLimiter _connected;
    private readonly QueueBudget _queue;
    private readonly RedisConnection _connection;
    private readonly RedisStreamSource _source;
    private readonly Publisher _publisher;
    private readonly StreamReceiver _receiver;
    private readonly LivenessProbe _probe;
    private readonly BacklogWatch? _backlog;

    /// <param name="connection">The connection of the stream; other streams may share it.</param>
    /// <param name="roster">The other servers that this Redis knows.</param>
    public BackplaneStream(
        StreamContext context,
        ServerIdentity server,
        RedisConnection connection,
        RedisRoster roster,
        PublisherLimits limits,
        IFrameSink sink,
        IPerformanceCounterManager signalR)
    {
        var options = context.Options;
        _context = context;
        _connection = connection;
        _state = new OpenState(context.Time);
        _connected = new BurstLimiter(BetweenBursts, context.Time, LinesOfABurst);
        var meter = context.Meter ?? throw new ArgumentException("A stream is measured.", nameof(context));
        Sent = new PublishCounters(signalR);
        Received = new ReceiveCounters();
        _queue = limits.SharedQueue ?? throw new ArgumentException("The queue is shared.", nameof(limits));
        Metrics = new StreamMetrics(meter, Sent, Received, _queue, () => IsOpen);

        var format = StreamFormats.Of(options.WireFormat);
        var names = format.NamesOf(options.AppName, connection.Database, context.Index);
        var redis = new RedisStreamContext(context.Name, connection, names, context.Logger, context.Time);
        var farm = new RedisFarm(
            redis, format, options.ShardedPubSub, () => context.Highest.Value, () => context.Received.Begin(context.Highest.Value + 1));
        var history = new RedisHistory(redis, HistoryLimits.From(options).PerStream(options.StreamCount));
        var sender = format.CreateSender(
            redis, farm, history, PublisherRecord.TimeToLive(options.PublishTimeout), options.WaitForReplicas);
        _source = new RedisStreamSource(
            redis, farm, history, !options.SendOnly, catchesUp: format.HasWholeHistory, () => roster.AdmitAsync(context.Index));

        _publisher = new Publisher(
            context, PublisherId.Of(server), limits, sender, Sent, () => connection.LastError ?? _receiver?.LastError,
            RedisFailures.Judge);
        _receiver = new StreamReceiver(context, _source, sink, Received);
        _probe = new LivenessProbe(context, new ProbedStream(context, connection, redis.Slot, _source, _receiver, _publisher));
        if (!options.SendOnly)
        {
            _backlog = new BacklogWatch(
                context, _source, Received, () => _receiver.AverageLength, () => HasHistory, () => _receiver.Settle());
        }

        connection.Changed += _receiver.OnConnectionChanged;
        _receiver.Unsettled += OnUnsettled;
        _receiver.Settled += OnSettled;
        _receiver.Lost += (after, upTo) => Lost?.Invoke(this, after, upTo);
        _receiver.Jumped += _publisher.Verify;
    }

    /// <summary><see cref="IsOpen"/> changed. Raised under a lock of the receiver.</summary>
    public event Action<BackplaneStream>? OpenChanged;

    /// <summary>
    /// The messages with ids after the first and up to the second are lost. Raised under a lock of the receiver.
    /// </summary>
    public event Action<BackplaneStream, ulong, ulong>? Lost;

    /// <summary>The index of the stream in the farm, counted from 0.</summary>
    public int Index => _context.Index;

    /// <summary>Whether messages are sent and received (<see langword="true"/>), or wait for Redis.</summary>
    public bool IsOpen => _state.IsOpen;

    public PublishCounters Sent { get; }

    public ReceiveCounters Received { get; }

    public StreamMetrics Metrics { get; }

    public bool HasHistory => _source.HasHistory;

    public ulong LastId => _receiver.LastId;

    /// <summary>Starts at once if the connection already exists: it will raise no event.</summary>
    public void Start()
    {
        if (_connection.IsConnected)
        {
            _receiver.OnConnectionChanged();
        }
    }

    public Task Publish(Message message) => _publisher.Publish(message);

    public Task WhenDrained() => _publisher.WhenDrained();

    public RedisStreamStatus GetStatus()
    {
        var state = _state.Current;
        return new RedisStreamStatus
        {
            Index = Index,
            Endpoints = _connection.Description,
            IsConnected = state.IsOpen,
            Since = state.Since,
            IsCatchingUp = _connection.IsConnected && !_receiver.IsSettled,
            LastError = (_connection.LastError ?? _receiver.LastError ?? _publisher.LastError)?.Text(),
            QueueUsage = _queue.UsageOf(Sent.QueueMessages, Sent.QueueBytes),
            QueueMessages = Sent.QueueMessages,
            QueueBytes = Sent.QueueBytes,
            LastId = (long)LastId,
            HasHistory = HasHistory,
            MessagesSent = Sent.SentMessages.Value,
            MessagesLost = Received.Lost.Value,
        };
    }

    public void Dispose()
    {
        _connection.Changed -= _receiver.OnConnectionChanged;
        _probe.Dispose();
        _backlog?.Dispose();
        _publisher.Dispose();
        _receiver.Dispose();
        _source.Dispose();
        _state.Set(false);
    }

    private void OnUnsettled()
    {
        // Until the channel is subscribed again, this server would not receive what it sends.
        _publisher.Close();
        SetOpen(false);
    }

    private void OnSettled()
    {
        _publisher.Open();
        SetOpen(true);
    }

    private void SetOpen(bool isOpen)
    {
        if (_state.Set(isOpen))
        {
            if (isOpen && _connected.TryEnter())
            {
                StreamsLog.Connected(_context.Logger, _context.Name, LastId);
            }

            OpenChanged?.Invoke(this);
        }
    }
}
