using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// From a stream's frames to the subscriptions of this server: a log for each stream, an index of the keys that somebody here listens to, and the
/// subscriptions. Thread-safe, but for <see cref="Append"/>.
/// </summary>
/// <remarks>
/// <para>A subscription gets every message of its keys, each once, in the order of the ids of each stream; streams have no order among each other. It gets them
/// from the place where its cursor says it stood, on whatever server of the farm that was, as far back as the log reaches; what the log no longer
/// holds is counted and logged. A group change takes effect at its exact place among the messages of its stream. Keys compare ordinally.</para>
/// <para>Of what stock SignalR lets an application set, <c>DefaultMessageBufferSize</c> and <c>MaxScaleoutMappingsPerStream</c> have no meaning here: the log's
/// limits take their place.</para>
/// </remarks>
internal sealed class MessageDelivery : IDisposable
{
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private long _reportDue;

    /// <param name="streamCount">How many streams the farm has.</param>
    /// <param name="limits">What may be held.</param>
    /// <param name="signalRCounters">SignalR's performance counters.</param>
    /// <param name="traceManager">SignalR's traces.</param>
    /// <param name="logger">Where the rooms log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pool">Where subscriptions work; by default the thread pool.</param>
    public MessageDelivery(
        int streamCount,
        DeliveryLimits limits,
        IPerformanceCounterManager signalRCounters,
        ITraceManager traceManager,
        ILogger logger,
        TimeProvider time,
        Action<Action>? pool = null)
    {
        _logger = logger;
        _time = time;
        SignalRCounters = signalRCounters;
        Counters = new DeliveryCounters(signalRCounters);
        Trace = new DeliveryTrace(traceManager);
        Wakes = new WakeQueue(signalRCounters, Trace, pool);
        var perStream = limits.PerStream(streamCount);
        var hash = SipHash.Random();
        Logs = new StreamLog[streamCount];
        for (var i = 0; i < streamCount; i++)
        {
            Logs[i] = new StreamLog(i, perStream, hash, Wakes, Counters, logger, time);
        }

        var interval = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, limits.KeyLinger.Ticks / 4));
        _sweep = time.CreateTimer(static state => ((MessageDelivery)state!).Sweep(), this, interval, interval);
    }

    public DeliveryCounters Counters { get; }

    internal IPerformanceCounterManager SignalRCounters { get; }

    internal DeliveryTrace Trace { get; }

    internal WakeQueue Wakes { get; }

    internal StreamLog[] Logs { get; }

    /// <summary>
    /// Says where a stream stands; its log begins there. Called once for each stream, when that is read from Redis, and before the first
    /// <see cref="Append"/>; later calls do nothing. A subscription made before it gets what comes after it.
    /// </summary>
    /// <param name="streamIndex">The stream.</param>
    /// <param name="lastId">Every message after this id will be appended; 0 where the stream has none yet.</param>
    /// <param name="presentId">
    /// Where the history is appended first: the highest id given before the server began, so that who comes without a cursor is spared the history. Else 0.
    /// </param>
    public void Start(int streamIndex, ulong lastId, ulong presentId = 0) => Logs[streamIndex].Start(lastId, presentId);

    /// <summary>
    /// Stores a frame and wakes the subscriptions that hear of it. For each stream, one caller at a time, in the order of the ids; a frame that comes out of order
    /// is logged and dropped. Ids may jump forward. It runs no callback and waits for no subscription.
    /// </summary>
    /// <param name="streamIndex">The stream.</param>
    /// <param name="frame">The frame, whose bytes the log keeps: nobody may change them afterwards.</param>
    public void Append(int streamIndex, in Frame frame)
    {
        Trace.Received(streamIndex, frame);
        Logs[streamIndex].Append(frame);
    }

    /// <summary>
    /// Makes a subscription that follows all keys of its subscriber from its cursor on, for <see cref="MessageBus"/> to complete. It delivers nothing before
    /// <see cref="Activate"/>.
    /// </summary>
    /// <param name="subscriber">Who subscribes.</param>
    /// <param name="cursor">What the client sent, see <see cref="DeliveryCursor"/>; null or empty for the present.</param>
    /// <param name="callback">Takes the messages; the next follow when its task is complete.</param>
    /// <param name="maxMessages">The most messages that it takes at once.</param>
    /// <param name="state">Handed to the callback.</param>
    public Subscription CreateSubscription(
        ISubscriber subscriber, string? cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object? state) =>
        new LogSubscription(this, subscriber, cursor, callback, maxMessages, state);

    /// <summary>Lets a subscription deliver, once <see cref="MessageBus.Subscribe"/> has finished with it.</summary>
    public static void Activate(ISubscriber subscriber) => (subscriber.Subscription as LogSubscription)?.Activate();

    /// <summary>Ends all delivery and lets go of everything; subscriptions keep their cursors. May be called twice.</summary>
    public void Dispose()
    {
        Wakes.Dispose();
        _sweep.Dispose();
        foreach (var log in Logs)
        {
            log.Dispose();
        }
    }

    internal void Sweep()
    {
        foreach (var log in Logs)
        {
            log.Sweep();
        }
    }

    internal void Report(in TakenMessages taken, int streamIndex, string identity)
    {
        var isDue = IsReportDue();
        if (taken.ForeignCursor is { } foreign)
        {
            Counters.ForeignCursor();
            if (isDue)
            {
                Log.ForeignCursor(_logger, identity, streamIndex, foreign, taken.Cursor);
            }
        }

        if (taken.HasMissed)
        {
            var total = Counters.Overrun();
            if (isDue)
            {
                Log.Overrun(_logger, identity, streamIndex, taken.Cursor, taken.Floor, total);
            }
        }
    }

    internal void ReportMalformedCursor(string identity, int length)
    {
        Counters.ForeignCursor();
        Log.MalformedCursor(_logger, identity, length);
    }

    /// <summary>Clients cause these reports, and could fill the log with them: one a second is written, all are counted.</summary>
    private bool IsReportDue()
    {
        var now = _time.GetTimestamp();
        var due = Volatile.Read(ref _reportDue);
        return (due == 0 || now >= due) && Interlocked.CompareExchange(ref _reportDue, now + _time.TimestampFrequency, due) == due;
    }
}
