using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis;
using RedisBackplane.Timing;

namespace RedisBackplane;

/// <summary>
/// One stream: composes the rooms on its way, from <see cref="Publish"/> to the <see cref="IFrameSink"/>, and joins what they tell each other. Thread-safe.
/// </summary>
internal sealed class BackplaneStream : IProbedStream, IDisposable
{
    // Redis must remember a publisher's last batch for longer than the publisher tries to send one.
    private static readonly TimeSpan LeastPublisherTtl = TimeSpan.FromMinutes(10);

    private readonly bool _listens;
    private readonly IdFloor _floor = new();
    private readonly RedisConnection _connection;
    private readonly RedisStreamSource _source;
    private readonly Publisher _publisher;
    private readonly FrameIntake _intake;
    private readonly StreamReceiver _receiver;
    private readonly LivenessProbe _probe;
    private readonly RedisHistory _history;
    private volatile bool _isOpen;

    public BackplaneStream(
        RedisBackplaneOptions options,
        RedisConnection connection,
        int database,
        IFrameSink sink,
        IPerformanceCounterManager signalR,
        StreamMeter meter,
        ILogger logger,
        TimeProvider time)
    {
        var appName = options.AppName;
        _listens = !options.SendOnly;
        _connection = connection;
        Sent = new PublishCounters(signalR, meter);
        Received = new ReceiveCounters(meter);
        Metrics = new StreamMetrics(meter, Sent, Received, options.MaxQueueMessages, options.MaxQueueBytes, () => _isOpen);

        var names = new RedisNames(appName, database);
        var historyLimits = new HistoryLimits(options.HistoryMaxBytes, options.HistoryTimeToLive);
        _history = new RedisHistory(appName, connection, names, database, historyLimits, logger);

        var publisherTtl = TimeSpan.FromTicks(Math.Max(LeastPublisherTtl.Ticks, 2 * options.PublishTimeout.Ticks));
        var sender = new RedisBatchSender(connection, names, _history, database, publisherTtl, options.WaitForReplicas);
        _publisher = new Publisher(
            appName, PublisherLimits.From(options), sender, _floor, Sent, logger, time, Jitter.Default, () => connection.LastError);

        _source = new RedisStreamSource(appName, connection, names, _history, _listens);
        _intake = new FrameIntake(appName, new ObservedSink(sink, meter, time), _floor, Received, logger);
        _receiver = new StreamReceiver(appName, _source, _intake, Received, logger, time, Jitter.Default);
        _probe = new LivenessProbe(appName, this, options.LivenessTimeout, logger, time);

        connection.Changed += _receiver.OnConnectionChanged;
        _receiver.Unsettled += OnUnsettled;
        _receiver.Settled += OnSettled;
        _intake.Lost += (after, upTo) => Lost?.Invoke(after, upTo);
        _intake.Jumped += _publisher.Verify;
    }

    /// <summary>Messages go out and come in (<see langword="true"/>), or wait for Redis. Raised under a lock of the receiver.</summary>
    public event Action<bool>? OpenChanged;

    /// <summary>The ids after the first and up to the second could not be had. Raised under a lock of the receiver.</summary>
    public event Action<ulong, ulong>? Lost;

    public PublishCounters Sent { get; }

    public ReceiveCounters Received { get; }

    public StreamMetrics Metrics { get; }

    public bool HasHistory => _history.IsAvailable;

    public ulong LastId => _intake.LastId;

    ulong IProbedStream.LastId => _intake.AccountedUpTo;

    bool IProbedStream.IsConnected => _source.IsConnected;

    bool IProbedStream.IsSettled => _receiver.IsSettled;

    long IProbedStream.FramesHeard => Received.Payloads;

    long IProbedStream.RepliesHeard => Sent.SentBatches;

    bool IProbedStream.IsAwaitingReply => _publisher.HasCallsInFlight;

    public Task Publish(Message message) => _publisher.Publish(message);

    public Task WhenDrained() => _publisher.WhenDrained();

    public void Dispose()
    {
        _connection.Changed -= _receiver.OnConnectionChanged;
        _probe.Dispose();
        _publisher.Dispose();
        _receiver.Dispose();
        _source.Dispose();
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

    void IProbedStream.Reconnect() => _connection.Replace();

    private void OnUnsettled()
    {
        // Until the channel is subscribed again this server would not hear what it sends.
        _publisher.Close();
        _isOpen = false;
        OpenChanged?.Invoke(false);
    }

    private void OnSettled()
    {
        _publisher.Open();
        _isOpen = true;
        OpenChanged?.Invoke(true);
    }
}
