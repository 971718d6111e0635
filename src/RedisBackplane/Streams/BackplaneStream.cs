using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Logging;
using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Telemetry;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Streams;

/// <summary>
/// One stream: composes the rooms on its way, from <see cref="Publish"/> to the <see cref="IFrameSink"/>, and joins what they tell each
/// other. Thread-safe.
/// </summary>
internal sealed class BackplaneStream : IProbedStream, IDisposable
{
    // Redis must remember a publisher's last batch for longer than the publisher tries to send one.
    private static readonly TimeSpan LeastPublisherTtl = TimeSpan.FromMinutes(10);

    private readonly string _name;
    private readonly ILogger _logger;
    private readonly bool _listens;
    private readonly HighestId _floor = new();
    private readonly RedisConnection _connection;
    private readonly RedisRoster _roster;
    private readonly RedisStreamSource _source;
    private readonly Publisher _publisher;
    private readonly FrameIntake _intake;
    private readonly StreamReceiver _receiver;
    private readonly LivenessProbe _probe;
    private readonly BacklogWatch? _backlog;
    private readonly RedisHistory _history;
    private readonly TimeProvider _time;
    private Tuple<bool, DateTimeOffset> _state;
    private long _reconnectsAtLook;
    private volatile Exception? _refusal;

    /// <param name="options">The settings of the bus.</param>
    /// <param name="server">The bus instance.</param>
    /// <param name="index">Which stream of the farm it is.</param>
    /// <param name="connection">What carries it, maybe among others.</param>
    /// <param name="roster">The other servers, as that Redis knows them.</param>
    /// <param name="sink">Where what it receives goes.</param>
    /// <param name="signalR">SignalR's performance counters.</param>
    /// <param name="meter">The stream's histograms.</param>
    /// <param name="logger">Where the rooms log.</param>
    /// <param name="time">The clock.</param>
    public BackplaneStream(
        RedisBackplaneOptions options,
        ServerIdentity server,
        int index,
        RedisConnection connection,
        RedisRoster roster,
        IFrameSink sink,
        IPerformanceCounterManager signalR,
        StreamMeter meter,
        ILogger logger,
        TimeProvider time)
    {
        // Which stream it is stands in every log line and exception; where there is one alone, only the name.
        var appName = index == 0 && options.StreamCount == 1 ? options.AppName : FormattableString.Invariant($"{options.AppName}#{index}");
        var database = connection.Database;
        Index = index;
        _name = appName;
        _logger = logger;
        _listens = !options.SendOnly;
        _connection = connection;
        _roster = roster;
        Sent = new PublishCounters(signalR, meter);
        Received = new ReceiveCounters(meter);
        var limits = PublisherLimits.From(options).PerStream(options.StreamCount);
        Metrics = new StreamMetrics(meter, Sent, Received, limits.MaxQueueMessages, limits.MaxQueueBytes, () => IsOpen);
        _time = time;
        _state = Tuple.Create(false, time.GetUtcNow());

        var isLegacy = options.WireFormat == WireFormat.Legacy;
        var names = new RedisNames(options.AppName, database, index, options.WireFormat);
        var historyLimits = HistoryLimits.From(options).PerStream(options.StreamCount);
        var slot = new RedisSlot(connection, names, database);
        var farm = new RedisFarm(appName, connection, names, slot, options.ShardedPubSub, logger, _floor);
        _history = new RedisHistory(appName, names, slot, historyLimits, logger);

        var authenticator = FrameAuthenticator.Create(
            options.AuthenticationKeys, options.AcceptUnauthenticated, options.AppName, database, index);

        var publisherTtl = TimeSpan.FromTicks(Math.Max(LeastPublisherTtl.Ticks, 2 * options.PublishTimeout.Ticks));
        IBatchSender sender = isLegacy
            ? new RedisLegacyBatchSender(connection, names, slot, _history, publisherTtl, options.WaitForReplicas)
            : new RedisBatchSender(connection, names, slot, farm, _history, publisherTtl, options.WaitForReplicas, time);
        _publisher = new Publisher(
            appName,
            PublisherId.Of(server),
            limits,
            sender,
            _floor,
            Sent,
            logger,
            time,
            Jitter.Default,
            () => connection.LastError ?? _refusal,
            authenticator);

        _source = new RedisStreamSource(appName, connection, farm, _history, _listens, catchesUp: !isLegacy, AdmitAsync);
        _intake = new FrameIntake(
            appName, new ObservedSink(sink, meter, time), _floor, Received, logger, isAuthenticated: authenticator is not null);
        _receiver = new StreamReceiver(appName, _source, _intake, Received, logger, time, Jitter.Default, authenticator);
        _probe = new LivenessProbe(appName, this, options.LivenessTimeout, logger, time);
        if (_listens)
        {
            _backlog = new BacklogWatch(
                appName, _source, () => _receiver.UsualLength, () => HasHistory, () => _receiver.Settle(), Received, logger, time);
        }

        connection.Changed += _receiver.OnConnectionChanged;
        _receiver.Unsettled += OnUnsettled;
        _receiver.Settled += OnSettled;
        _intake.Lost += (after, upTo) => Lost?.Invoke(this, after, upTo);
        _intake.Jumped += _publisher.Verify;
    }

    /// <summary><see cref="IsOpen"/> changed. Raised under a lock of the receiver.</summary>
    public event Action<BackplaneStream>? OpenChanged;

    /// <summary>The ids after the first and up to the second could not be had. Raised under a lock of the receiver.</summary>
    public event Action<BackplaneStream, ulong, ulong>? Lost;

    /// <summary>Which stream of the farm it is, counted from 0.</summary>
    public int Index { get; }

    /// <summary>Messages go out and come in (<see langword="true"/>), or wait for Redis.</summary>
    public bool IsOpen => Volatile.Read(ref _state).Item1;

    public PublishCounters Sent { get; }

    public ReceiveCounters Received { get; }

    public StreamMetrics Metrics { get; }

    public bool HasHistory => _source.HasHistory;

    public ulong LastId => _intake.LastId;

    ulong IProbedStream.LastId => _intake.AccountedUpTo;

    // The first question of every look: what is found to be dead is the connection of this moment.
    bool IProbedStream.IsConnected
    {
        get
        {
            Volatile.Write(ref _reconnectsAtLook, _connection.Reconnects);
            return _source.IsConnected;
        }
    }

    bool IProbedStream.IsSettled => _receiver.IsSettled;

    long IProbedStream.FramesHeard => Received.Payloads;

    long IProbedStream.RepliesHeard => Sent.SentBatches;

    bool IProbedStream.IsAwaitingReply => _publisher.HasCallsInFlight;

    /// <summary>Begins, where the connection stands already: it will not tell.</summary>
    public void Start()
    {
        if (_connection.IsConnected)
        {
            _receiver.OnConnectionChanged();
        }
    }

    public Task Publish(Message message) => _publisher.Publish(message);

    public Task WhenDrained() => _publisher.WhenDrained();

    /// <summary>How it fares.</summary>
    public RedisStreamStatus GetStatus()
    {
        var (isOpen, since) = Volatile.Read(ref _state);
        return new RedisStreamStatus
        {
            Index = Index,
            Endpoints = _connection.Description,
            IsConnected = isOpen,
            Since = since,
            IsCatchingUp = _connection.IsConnected && !_receiver.IsSettled,
            LastError = _connection.LastError?.Message,
            QueueUsage = Metrics.QueueUtilization,
            QueueMessages = Sent.QueueMessages,
            QueueBytes = Sent.QueueBytes,
            LastId = (long)LastId,
            HasHistory = HasHistory,
            MessagesSent = Sent.SentMessages,
            MessagesLost = Received.Lost,
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
        Volatile.Write(ref _state, Tuple.Create(false, _time.GetUtcNow()));
    }

    Task IProbedStream.PingChannelAsync() => _source.PingChannelAsync();

    async Task<ulong?> IProbedStream.ReadCounterAsync()
    {
        var counter = await _source.ReadCounterAsync().ConfigureAwait(false);

        if (_listens)
        {
            return counter;
        }

        // Who does not listen is behind by nothing; but what it sent may be forgotten.
        if ((counter ?? 0) < _floor.Value)
        {
            _publisher.Verify();
        }

        return null;
    }

    void IProbedStream.OnMemoryLost() => _publisher.Verify();

    void IProbedStream.CatchUp() => _receiver.Settle(afterSilence: true);

    void IProbedStream.Resubscribe()
    {
        _source.ForgetSubscription();
        _receiver.Settle(afterSilence: true);
    }

    void IProbedStream.Reconnect() => _connection.Replace(Volatile.Read(ref _reconnectsAtLook));

    private async Task AdmitAsync()
    {
        try
        {
            await _roster.AdmitAsync(Index).ConfigureAwait(false);
            _refusal = null;
        }
        catch (BackplaneException exception)
        {
            _refusal = exception;
            throw;
        }
    }

    private void OnUnsettled()
    {
        // Until the channel is subscribed again this server would not hear what it sends.
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
        if (IsOpen != isOpen)
        {
            Volatile.Write(ref _state, Tuple.Create(isOpen, _time.GetUtcNow()));
            if (isOpen)
            {
                StreamsLog.Connected(_logger, _name, LastId);
            }

            OpenChanged?.Invoke(this);
        }
    }
}
