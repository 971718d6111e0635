using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Newtonsoft.Json;
using RedisBackplane.Delivery;
using RedisBackplane.Publishing;
using RedisBackplane.SignalRMetrics;
using RedisBackplane.Streams;
using RedisBackplane.Telemetry;
using RedisBackplane.Timing;

namespace RedisBackplane;

/// <summary>
/// SignalR's message bus on Redis: what is published here reaches the clients of every server with the same
/// <see cref="RedisBackplaneOptions.AppName"/>, in one order. <c>UseRedis</c> registers it. Thread-safe.
/// </summary>
/// <remarks>
/// It connects and recovers in the background: while Redis is away, messages wait. The task of <see cref="Publish"/>
/// completes when Redis has stored the message, or fails with a <see cref="BackplaneException"/>. A state of Redis
/// never causes a synchronous exception.
/// </remarks>
public sealed class RedisMessageBus : ScaleoutMessageBus
{
    private readonly string _appName;
    private readonly bool _sendOnly;
    private readonly TimeSpan _shutdownTimeout;
    private readonly TraceSourceLogger _logger;
    private readonly Func<JsonSerializer> _serializer;
    private readonly object _stateGate = new();
    private readonly EventHandlers _handlers;
    private readonly OpenState _state;
    private readonly BackplaneStreams _streams;
    private readonly MessageDelivery _delivery;
    private readonly StreamStateCounters _streamStates;
    private readonly BusMetrics _metrics;
    private readonly TaskCompletionSource<object?> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    /// <summary>Makes a bus, which begins to connect in the background.</summary>
    /// <param name="resolver">
    /// Where the bus finds SignalR's services, and an <see cref="ILoggerFactory"/> if there is one.
    /// </param>
    /// <param name="options">
    /// The settings; a <see cref="RedisBackplaneOptions"/> is its own <see cref="IOptions{TOptions}"/>.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="OptionsValidationException">A setting cannot work; the message names it.</exception>
    public RedisMessageBus(IDependencyResolver resolver, IOptions<RedisBackplaneOptions> options)
        : this(resolver, options, TimeProvider.System)
    {
    }

    internal RedisMessageBus(IDependencyResolver resolver, IOptions<RedisBackplaneOptions> options, TimeProvider time)
        : base(CounterGuard.Guard(Checked(resolver, options)), new ScaleoutConfiguration())
    {
        var settings = options.Value.Copy();
        _appName = settings.AppName;
        _sendOnly = settings.SendOnly;
        _shutdownTimeout = settings.ShutdownTimeout;
        _logger = CreateLogger(resolver, settings);
        ((GuardedCounters)Counters).Guard.ReportTo(failure => TelemetryLog.ListenerFailed(_logger, failure, _appName));
        _serializer = resolver.Resolve<JsonSerializer>;
        _handlers = new EventHandlers(failure => StreamsLog.HandlerFailed(_logger, failure, _appName));
        _state = new OpenState(time);
        _streamStates = new StreamStateCounters(Counters, settings.StreamCount);
        var context = new DeliveryContext(_appName, Counters, resolver.Resolve<ITraceManager>(), _logger, time);
        _delivery = new MessageDelivery(context, settings.StreamCount, DeliveryLimits.From(settings));
        _metrics = new BusMetrics(_appName, () => _streams!.Reconnects);
        _streams = new BackplaneStreams(settings, _delivery, Counters, _metrics, _logger, time);
        _streams.OpenChanged += OnOpenChanged;
        _streams.Lost += OnLost;
        _streams.Added += OnAdded;
        _delivery.GivenBack += message => SendOne(message).IgnoreFailure();
        _metrics.Start(_delivery.Counters, _streams.All.Select(static stream => stream.Metrics));
        BackplaneTracing.Touch();
        if (ListenerGuard.OfProcess.Failure is { } failure)
        {
            TelemetryLog.ListenerFailed(_logger, failure, _appName);
        }

        _streams.Start();
    }

    /// <summary>
    /// <see cref="RedisBackplaneStatus.IsConnected"/> changed, of the bus or of one of its streams. Raised on a thread
    /// of the pool, for each handler one call at a time. Changes during a call are reported by one call after it. What
    /// a handler throws is logged.
    /// </summary>
    public event EventHandler? StatusChanged;

    /// <summary>
    /// Raised when messages are lost to this server, because the history no longer has them; delivery continues after
    /// them. Raised on a thread of the pool, for each handler one call at a time, in order. What a handler throws is
    /// logged.
    /// </summary>
    public event EventHandler<MessagesLostEventArgs>? MessagesLost;

    /// <summary>The state of the bus at this moment; a new object at every call.</summary>
    public RedisBackplaneStatus Status => RedisBackplaneStatus.From(_state.Current, _streams);

    /// <summary>
    /// Completes when the channel of every stream is subscribed and messages are sent; at once if that has happened
    /// before. A start-up that must not serve clients earlier awaits it.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// A task that fails with an <see cref="ObjectDisposedException"/> if the bus is disposed before.
    /// </returns>
    public async Task WhenConnectedAsync(CancellationToken cancellationToken = default)
    {
        var cancelled = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.Register(() => cancelled.TrySetCanceled(cancellationToken));
        await (await Task.WhenAny(_connected.Task, cancelled.Task).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Sends a message to every server of the farm, including this one.</summary>
    /// <param name="message">The message; it is copied before the method returns.</param>
    /// <returns>
    /// Completes when Redis has stored the message. For the command that starts a connection of this server it
    /// completes at once, because that command stays on the server. It fails with a
    /// <see cref="BackplaneTimeoutException"/>, a <see cref="BackplaneQueueFullException"/>, or another
    /// <see cref="BackplaneException"/>: the message is too large, Redis is away and the policy is
    /// <see cref="QueuePolicy.FailFast"/>, the bus is send-only and the message needs an acknowledgement, or the bus is
    /// disposed.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    public override Task Publish(Message message)
    {
        _ = message ?? throw new ArgumentNullException(nameof(message));
        Counters.MessageBusMessagesPublishedTotal.Increment();
        Counters.MessageBusMessagesPublishedPerSec.Increment();
        if (InitializingCommand.Is(message, _serializer) && _delivery.TryHandOver(InitializingCommand.Copy(message)))
        {
            return Task.CompletedTask;
        }

        return SendOne(message);
    }

    /// <summary>Subscribes to the messages of every server, including this one.</summary>
    /// <param name="subscriber">The subscriber and its keys.</param>
    /// <param name="cursor">
    /// Its position in every stream, from any server of the farm; null or empty to start with new messages.
    /// </param>
    /// <param name="callback">
    /// Receives messages. The next ones follow when its task has completed, unless its result is false.
    /// </param>
    /// <param name="maxMessages">The most messages to take at once.</param>
    /// <param name="state">Passed to <paramref name="callback"/>.</param>
    /// <returns>Ends the subscription when disposed.</returns>
    public override IDisposable Subscribe(
        ISubscriber subscriber, string cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object state)
    {
        _ = subscriber ?? throw new ArgumentNullException(nameof(subscriber));
        _ = callback ?? throw new ArgumentNullException(nameof(callback));
        return _delivery.Subscribe(subscriber, cursor, callback, maxMessages, state);
    }

    /// <summary>Sends messages in order; see <see cref="Publish"/>.</summary>
    /// <param name="messages">The messages.</param>
    /// <returns>Completes when all are stored; fails if one of them fails.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> is null.</exception>
    protected override Task Send(IList<Message> messages)
    {
        _ = messages ?? throw new ArgumentNullException(nameof(messages));
        return Task.WhenAll(messages.Select(SendOne));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            // Waiting messages are sent if that is possible within the limit. Dispose cannot be awaited. The wait has a
            // bound, and what it waits for does not need this thread.
#pragma warning disable VSTHRD002
            _streams.EndAsync().Wait(_shutdownTimeout);
#pragma warning restore VSTHRD002
            _streams.Dispose();
            _delivery.Dispose();
            _connected.TrySetException(new ObjectDisposedException(nameof(RedisMessageBus)));
            // Marks the exception as observed: nobody may have awaited the task.
            _ = _connected.Task.Exception;
            try
            {
                base.Dispose(disposing);
            }
            catch (Exception failure)
            {
                // SignalR writes traces when it is disposed, and the trace listeners are the application's.
                _logger.OnFailed(failure);
            }

            lock (_stateGate)
            {
                _state.Set(false);
                _streamStates.Close();
            }

            _metrics.Dispose();
        }
    }

    private Task SendOne(Message message)
    {
        if (_sendOnly && message.WaitForAck)
        {
            return PublisherErrors.Failed(new BackplaneException(
                $"The backplane '{_appName}' is send-only (SendOnly) and receives no acknowledgements, which a group change waits for."));
        }

        return _streams.Publish(message);
    }

    private void OnOpenChanged(BackplaneStream stream)
    {
        lock (_stateGate)
        {
            if (Volatile.Read(ref _disposed) != 0 && stream.IsOpen)
            {
                return;
            }

            _streamStates.Set(stream.Index, stream.IsOpen);
            Update();
        }

        _handlers.RaiseOnce(StatusChanged, handler => handler(this, EventArgs.Empty));
    }

    private void OnAdded(BackplaneStream stream)
    {
        lock (_stateGate)
        {
            _streamStates.Add();
            _metrics.Add(stream.Metrics);
            Update();
        }

        _handlers.RaiseOnce(StatusChanged, handler => handler(this, EventArgs.Empty));
    }

    // Runs under the lock of the state.
    private void Update()
    {
        var isConnected = _streams.AreOpen;
        _state.Set(isConnected);
        if (isConnected)
        {
            _connected.TrySetResult(null);
        }
    }

    private void OnLost(int stream, ulong after, ulong upTo) =>
        _handlers.Raise(MessagesLost, handler => handler(this, new MessagesLostEventArgs((long)after, (long)upTo, stream)));

    // Runs before the base class starts its timer.
    private static IDependencyResolver Checked(IDependencyResolver resolver, IOptions<RedisBackplaneOptions> options)
    {
        _ = resolver ?? throw new ArgumentNullException(nameof(resolver));
        RedisBackplaneOptionsValidator.ThrowIfInvalid(options?.Value ?? throw new ArgumentNullException(nameof(options)));
        return resolver;
    }

    private static TraceSourceLogger CreateLogger(IDependencyResolver resolver, RedisBackplaneOptions options)
    {
        var trace = resolver.Resolve<ITraceManager>()["SignalR." + nameof(RedisMessageBus)];
        try
        {
            var factory = options.LoggerFactory ?? (ILoggerFactory?)resolver.GetService(typeof(ILoggerFactory));
            return new TraceSourceLogger(options.AppName, trace, factory?.CreateLogger(typeof(RedisMessageBus).FullName!));
        }
        catch (Exception failure)
        {
            // The application's factory failed to create a logger. The trace source gets the log, and the reason.
            var logger = new TraceSourceLogger(options.AppName, trace, next: null);
            logger.OnFailed(failure);
            return logger;
        }
    }
}
