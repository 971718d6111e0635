using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Receiving;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// From a stream's frames to the subscriptions of this server: a log for each stream, an index of the keys that somebody here listens to,
/// and the subscriptions. Thread-safe, but for <see cref="Append"/>.
/// </summary>
/// <remarks>
/// <para>A subscription gets every message of its keys, each once, in the order of the ids of each stream; streams have no order among each
/// other. It gets them from the place where its cursor says it stood, on whatever server of the farm that was, as far back as the log
/// reaches; what the log no longer holds is counted and logged. A group change takes effect at its exact place among the messages of its
/// stream. Keys compare ordinally.</para>
/// <para>Of what stock SignalR lets an application set, <c>DefaultMessageBufferSize</c> and <c>MaxScaleoutMappingsPerStream</c> have no
/// meaning here: the log's limits take their place.</para>
/// </remarks>
internal sealed class MessageDelivery : IDisposable
{
    private readonly ILogger _logger;
    private readonly string _appName;
    private readonly ITimer _sweep;
    private readonly BurstLimiter _reports;
    private readonly TimeProvider _time;
    private readonly DeliveryLimits _limits;
    private readonly SipHash _hash = SipHash.Random();

    // Guards that every subscription follows every log.
    private readonly object _growth = new();
    private readonly HashSet<LogSubscription> _subscriptions = [];
    private volatile StreamLog[] _logs = [];
    private bool _isDisposed;

    /// <param name="appName">The farm's name, for the log.</param>
    /// <param name="streamCount">How many streams the farm has, as far as is known; see <see cref="AddStream"/>.</param>
    /// <param name="limits">What may be held, by all streams together.</param>
    /// <param name="signalRCounters">SignalR's performance counters.</param>
    /// <param name="traceManager">SignalR's traces.</param>
    /// <param name="logger">Where the rooms log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pool">Where subscriptions work; by default the thread pool.</param>
    public MessageDelivery(
        string appName,
        int streamCount,
        DeliveryLimits limits,
        IPerformanceCounterManager signalRCounters,
        ITraceManager traceManager,
        ILogger logger,
        TimeProvider time,
        Action<Action>? pool = null)
    {
        _logger = logger;
        _appName = appName;
        _reports = new BurstLimiter(TimeSpan.FromSeconds(1), time);
        SignalRCounters = signalRCounters;
        Counters = new DeliveryCounters(signalRCounters);
        Trace = new DeliveryTrace(traceManager);
        Wakes = new WakeQueue(signalRCounters, Trace, pool);
        _time = time;
        _limits = limits;
        _logs = [.. Enumerable.Range(0, streamCount).Select(index => CreateLog(index, limits.PerStream(streamCount)))];

        var interval = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, limits.KeyLinger.Ticks / 4));
        _sweep = time.CreateTimer(static state => ((MessageDelivery)state!).Sweep(), this, interval, interval);
    }

    public DeliveryCounters Counters { get; }

    internal IPerformanceCounterManager SignalRCounters { get; }

    internal DeliveryTrace Trace { get; }

    internal WakeQueue Wakes { get; }

    internal StreamLog[] Logs => _logs;

    internal long NowMicroseconds() => UnixTime.Microseconds(_time.GetUtcNow());

    /// <summary>Where a stream's frames go: <see cref="IFrameSink.Append"/> and <see cref="IFrameSink.Start"/> of that stream.</summary>
    public IFrameSink GetSink(int streamIndex) => Logs[streamIndex];

    /// <inheritdoc cref="StreamLog.Start"/>
    public void Start(int streamIndex, ulong lastId) => Logs[streamIndex].Start(lastId);

    /// <inheritdoc cref="StreamLog.Append"/>
    public void Append(int streamIndex, in Frame frame) => Logs[streamIndex].Append(frame);

    /// <summary>
    /// Makes a subscription that follows all keys of its subscriber from its cursor on, for <see cref="MessageBus"/> to complete. It
    /// delivers nothing before <see cref="Activate"/>.
    /// </summary>
    /// <param name="subscriber">Who subscribes.</param>
    /// <param name="cursor">What the client sent, see <see cref="DeliveryCursor"/>; null or empty for the present.</param>
    /// <param name="callback">Takes the messages; the next follow when its task is complete.</param>
    /// <param name="maxMessages">The most messages that it takes at once.</param>
    /// <param name="state">Handed to the callback.</param>
    public Subscription CreateSubscription(
        ISubscriber subscriber, string? cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object? state)
    {
        var subscription = new LogSubscription(this, subscriber, cursor, callback, maxMessages, state);
        lock (_growth)
        {
            _subscriptions.Add(subscription);
            subscription.FollowAll(_logs);
        }

        return subscription;
    }

    /// <summary>
    /// The farm has one stream more than was known: all subscriptions follow it too, those that came with a place in it from there, the
    /// others from when they came. The streams share anew what they may hold.
    /// </summary>
    /// <returns>Where its frames go.</returns>
    public IFrameSink AddStream()
    {
        lock (_growth)
        {
            var limits = _limits.PerStream(_logs.Length + 1);
            foreach (var log in _logs)
            {
                log.Limit(limits);
            }

            var added = CreateLog(_logs.Length, limits);
            if (_isDisposed)
            {
                added.Dispose();
                return added;
            }

            _logs = [.. _logs, added];
            foreach (var subscription in _subscriptions)
            {
                subscription.FollowAll(_logs);
            }

            return added;
        }
    }

    internal void Forget(LogSubscription subscription)
    {
        lock (_growth)
        {
            _subscriptions.Remove(subscription);
        }
    }

    /// <summary>Lets a subscription deliver, once <see cref="MessageBus.Subscribe"/> has finished with it.</summary>
    public static void Activate(ISubscriber subscriber) => (subscriber.Subscription as LogSubscription)?.Activate();

    /// <summary>Ends all delivery and lets go of everything; subscriptions keep their cursors. May be called twice.</summary>
    public void Dispose()
    {
        Wakes.Dispose();
        _sweep.Dispose();
        lock (_growth)
        {
            _isDisposed = true;
            foreach (var log in _logs)
            {
                log.Dispose();
            }
        }
    }

    internal void Sweep()
    {
        foreach (var log in Logs)
        {
            log.Sweep();
        }
    }

    private StreamLog CreateLog(int index, DeliveryLimits limits) =>
        new(_appName, index, limits, _hash, Wakes, Counters, Trace, _logger, _time);

    internal void Report(in TakenMessages taken, int streamIndex, string identity)
    {
        // Clients cause these reports, and could fill the log with them.
        var isDue = _reports.TryEnter();
        if (taken.ForeignCursor is { } foreign)
        {
            Counters.ForeignCursor();
            if (isDue)
            {
                Log.ForeignCursor(_logger, _appName, identity, streamIndex, foreign, taken.Cursor);
            }
        }

        if (taken.HasMissed)
        {
            var total = Counters.Overrun();
            if (isDue)
            {
                Log.Overrun(_logger, _appName, identity, streamIndex, taken.Cursor, taken.Floor, total);
            }
        }
    }

    internal void ReportMalformedCursor(string identity, int length)
    {
        Counters.ForeignCursor();
        if (_reports.TryEnter())
        {
            Log.MalformedCursor(_logger, _appName, identity, length);
        }
    }
}
