using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RedisBackplane.Delivery;
using RedisBackplane.Diagnostics;
using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis;
using RedisBackplane.Timing;

namespace RedisBackplane;

/// <summary>
/// SignalR's message bus on Redis: what is published here reaches the clients of every server with the same
/// <see cref="RedisBackplaneOptions.AppName"/>, in one order. <c>UseRedis</c> registers it. Thread-safe.
/// </summary>
/// <remarks>
/// It connects in the background and heals by itself: while Redis is away, messages wait. The task of <see cref="Publish"/> ends when Redis
/// has stored the message; it fails with a <see cref="BackplaneException"/>, and nothing is thrown synchronously for a state of Redis.
/// </remarks>
public sealed class RedisMessageBus : ScaleoutMessageBus
{
    private const int Stream = 0;

    // Redis must remember a publisher's last batch for longer than the publisher tries to send one.
    private static readonly TimeSpan LeastPublisherTtl = TimeSpan.FromMinutes(10);

    private readonly RedisBackplaneOptions _options;
    private readonly ILogger _logger;
    private readonly RedisConnection _connection;
    private readonly Publisher _publisher;
    private readonly FrameIntake _intake;
    private readonly StreamReceiver _receiver;
    private readonly MessageDelivery _delivery;
    private readonly StreamStateCounters _streams;
    private readonly TaskCompletionSource<object?> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    /// <summary>Makes a bus and begins to connect in the background.</summary>
    /// <param name="resolver">Where the bus finds SignalR's services, and an <see cref="ILoggerFactory"/> if there is one.</param>
    /// <param name="options">The settings; a <see cref="RedisBackplaneOptions"/> is its own <see cref="IOptions{TOptions}"/>.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="OptionsValidationException">A setting cannot work; the message names it.</exception>
    public RedisMessageBus(IDependencyResolver resolver, IOptions<RedisBackplaneOptions> options)
        : this(resolver, options, TimeProvider.System)
    {
    }

    internal RedisMessageBus(IDependencyResolver resolver, IOptions<RedisBackplaneOptions> options, TimeProvider time)
        : base(resolver ?? throw new ArgumentNullException(nameof(resolver)), new ScaleoutConfiguration())
    {
        _options = options?.Value ?? throw new ArgumentNullException(nameof(options));
        RedisBackplaneOptionsValidator.ThrowIfInvalid(_options);

        var appName = _options.AppName;
        var jitter = Jitter.Default;
        _logger = CreateLogger(resolver, _options);
        _streams = new StreamStateCounters(Counters, streams: 1);

        var source = RedisConnectionSource.From(_options);
        var names = new RedisNames(appName, source.Database);
        _connection = new RedisConnection(appName, source, _logger, time, jitter);
        var historyLimits = new HistoryLimits(_options.HistoryMaxBytes, _options.HistoryTimeToLive);
        var history = new RedisHistory(appName, _connection, names, source.Database, historyLimits, _logger);

        var floor = new IdFloor();
        var publisherTtl = TimeSpan.FromTicks(Math.Max(LeastPublisherTtl.Ticks, 2 * _options.PublishTimeout.Ticks));
        var sender = new RedisBatchSender(_connection, names, history, source.Database, publisherTtl);
        _publisher = new Publisher(
            appName, PublisherLimits.From(_options), sender, floor, new PublishCounters(Counters), _logger, time, jitter);

        var received = new ReceiveCounters();
        var traces = resolver.Resolve<ITraceManager>();
        _delivery = new MessageDelivery(appName, streamCount: 1, DeliveryLimits.From(_options), Counters, traces, _logger, time);
        _intake = new FrameIntake(appName, _delivery.GetSink(Stream), floor, received, _logger);
        _receiver = new StreamReceiver(
            appName, new RedisStreamSource(appName, _connection, names, history), _intake, received, _logger, time, jitter);

        _connection.Changed += _receiver.OnConnectionChanged;
        _receiver.Unsettled += OnUnsettled;
        _receiver.Settled += OnSettled;
        _connection.Start();
    }

    /// <summary>
    /// Completes when the channel is subscribed and a publish would go out; at once where that has happened before. A start-up that must not serve
    /// clients earlier awaits it.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that fails with an <see cref="ObjectDisposedException"/> when the bus is disposed before.</returns>
    public async Task WhenConnectedAsync(CancellationToken cancellationToken = default)
    {
        var cancelled = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.Register(() => cancelled.TrySetCanceled(cancellationToken));
        await (await Task.WhenAny(_connected.Task, cancelled.Task).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Sends a message to every server of the farm, this one included.</summary>
    /// <param name="message">The message; it is copied before the method returns.</param>
    /// <returns>
    /// Ends when Redis has stored the message. Fails with a <see cref="BackplaneTimeoutException"/>, a <see cref="BackplaneQueueFullException"/> or, when the bus
    /// is disposed meanwhile, a <see cref="BackplaneException"/>.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    public override Task Publish(Message message)
    {
        if (message is null)
        {
            throw new ArgumentNullException(nameof(message));
        }

        Counters.MessageBusMessagesPublishedTotal.Increment();
        Counters.MessageBusMessagesPublishedPerSec.Increment();
        return _publisher.Publish(message);
    }

    /// <summary>Subscribes to the messages of this server and of every other.</summary>
    /// <param name="subscriber">Who subscribes, and to which keys.</param>
    /// <param name="cursor">Where it stood, on whatever server of the farm that was; null or empty to begin with what comes now.</param>
    /// <param name="callback">Takes messages; the next follow when its task has completed, unless with false.</param>
    /// <param name="maxMessages">The most messages to take at once.</param>
    /// <param name="state">Handed to <paramref name="callback"/>.</param>
    /// <returns>Ends the subscription when disposed.</returns>
    public override IDisposable Subscribe(
        ISubscriber subscriber, string cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object state)
    {
        var registration = base.Subscribe(subscriber, cursor, callback, maxMessages, state);
        MessageDelivery.Activate(subscriber);
        return registration;
    }

    /// <inheritdoc/>
    protected override Subscription CreateSubscription(
        ISubscriber subscriber, string cursor, Func<MessageResult, object, Task<bool>> callback, int messageBufferSize, object state) =>
        _delivery.CreateSubscription(subscriber, cursor, callback, messageBufferSize, state);

    /// <summary>Sends messages in their order; see <see cref="Publish"/>.</summary>
    /// <param name="messages">The messages.</param>
    /// <returns>Ends when all are stored; fails when one of them does.</returns>
    protected override Task Send(IList<Message> messages)
    {
        if (messages is null)
        {
            throw new ArgumentNullException(nameof(messages));
        }

        return Task.WhenAll(messages.Select(_publisher.Publish));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            // What waits goes out if it can do so within the limit; without a connection there is nothing to wait for.
            if (_connection.IsConnected)
            {
                _publisher.WhenDrained().Wait(_options.ShutdownTimeout);
            }

            _publisher.Dispose();
            _receiver.Dispose();
            _delivery.Dispose();
            _connection.Dispose();
            _connected.TrySetException(new ObjectDisposedException(nameof(RedisMessageBus)));
            _ = _connected.Task.Exception;
            base.Dispose(disposing);
            _streams.Close();
        }
    }

    private void OnUnsettled()
    {
        // Until the channel is subscribed again this server would not hear what it sends.
        _publisher.Close();
        _streams.Set(Stream, isOpen: false);
    }

    private void OnSettled()
    {
        Log.Connected(_logger, _options.AppName, _intake.LastId);
        _streams.Set(Stream, isOpen: true);
        _publisher.Open();
        _connected.TrySetResult(null);
    }

    private static TraceSourceLogger CreateLogger(IDependencyResolver resolver, RedisBackplaneOptions options)
    {
        var factory = options.LoggerFactory ?? (ILoggerFactory?)resolver.GetService(typeof(ILoggerFactory));
        var trace = resolver.Resolve<ITraceManager>()["SignalR." + nameof(RedisMessageBus)];
        return new TraceSourceLogger(trace, factory?.CreateLogger(typeof(RedisMessageBus).FullName!));
    }
}
