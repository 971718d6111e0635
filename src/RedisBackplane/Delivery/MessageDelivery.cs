using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Delivery.Buffer;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Receiving;
using RedisBackplane.Timing;

namespace RedisBackplane.Delivery;

/// <summary>
/// Delivers the frames of the streams to the subscriptions of this server: a buffer for each stream, and the
/// subscriptions that read from them. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A subscription gets every message of its keys once, in the order of the ids of each stream. There is no order
/// between streams. It starts at the place in its cursor, which any server of the farm may have written, as far back as
/// the buffer reaches. Messages that the buffer no longer has are counted and logged. A group change takes effect at
/// its exact place among the messages of its stream. Keys compare ordinally.</para>
/// <para>Two settings of stock SignalR have no meaning here, <c>DefaultMessageBufferSize</c> and
/// <c>MaxScaleoutMappingsPerStream</c>: the limits of the buffers replace them.</para>
/// </remarks>
internal sealed class MessageDelivery : IDisposable
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(1);

    private readonly ITimer _sweep;

    // Clients cause these log messages, and could flood the log. One kind must not suppress another.
    private readonly BurstLimiter _foreignCursors;
    private readonly BurstLimiter _malformedCursors;
    private readonly BurstLimiter _overruns;

    private readonly DeliveryLimits _limits;

    // Ensures that every subscription follows every buffer.
    private readonly object _growth = new();
    private readonly HashSet<BackplaneSubscription> _subscriptions = [];
    private volatile StreamBuffer[] _buffers = [];
    private bool _isDisposed;

    /// <param name="streamCount">
    /// The known number of streams of the farm; see <see cref="AddStream"/>.
    /// </param>
    public MessageDelivery(DeliveryContext context, int streamCount, DeliveryLimits limits)
    {
        Context = context;
        _limits = limits;
        _foreignCursors = new BurstLimiter(BetweenReports, context.Time);
        _malformedCursors = new BurstLimiter(BetweenReports, context.Time);
        _overruns = new BurstLimiter(BetweenReports, context.Time);
        _buffers = [.. Enumerable.Range(0, streamCount).Select(i => new StreamBuffer(context, i, limits.PerStream(streamCount)))];

        var interval = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, limits.KeyLinger.Ticks / 4));
        _sweep = context.Time.CreateTimer(static state => ((MessageDelivery)state!).Sweep(), this, interval, interval);
    }

    /// <summary>
    /// A subscription has ended without delivering a message that was handed to it. A long polling client takes one
    /// answer for each request, and its next request may reach another server. So the message must go through a stream,
    /// as all others. Raised on any thread, under no lock.
    /// </summary>
    public event Action<Message>? GivenBack;

    public DeliveryContext Context { get; }

    public DeliveryCounters Counters => Context.Counters;

    internal StreamBuffer[] Buffers => _buffers;

    /// <summary>
    /// The sink for the frames of a stream: <see cref="IFrameSink.Append"/> and <see cref="IFrameSink.Start"/>.
    /// </summary>
    public IFrameSink GetSink(int streamIndex) => Buffers[streamIndex];

    /// <inheritdoc cref="FrameStore.HighestId"/>
    public void SetHighestId(int streamIndex, Func<ulong> highestId)
    {
        var buffers = _buffers;
        if (streamIndex < buffers.Length)
        {
            buffers[streamIndex].SetHighestId(highestId);
        }
    }

    /// <summary>Delivers messages to a subscriber, starting at its cursor, until the result is disposed.</summary>
    /// <inheritdoc cref="CreateSubscription"/>
    public IDisposable Subscribe(
        ISubscriber subscriber, string? cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object? state) =>
        SubscriberLink.Join(subscriber, CreateSubscription(subscriber, cursor, callback, maxMessages, state));

    /// <summary>
    /// Creates a subscription that follows all keys of its subscriber, starting at its cursor. It delivers nothing
    /// before <see cref="BackplaneSubscription.Activate"/>.
    /// </summary>
    /// <param name="cursor">
    /// The text that the client sent, see <see cref="CursorText"/>; null or empty for new messages only.
    /// </param>
    /// <param name="callback">Receives the messages. The next ones follow when its task is complete.</param>
    /// <param name="maxMessages">The most messages that it takes at once.</param>
    public BackplaneSubscription CreateSubscription(
        ISubscriber subscriber, string? cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object? state)
    {
        var subscription = new BackplaneSubscription(this, subscriber, cursor, callback, maxMessages, state);
        lock (_growth)
        {
            _subscriptions.Add(subscription);
            subscription.FollowAll(_buffers);
        }

        return subscription;
    }

    /// <summary>
    /// The farm has one more stream. All subscriptions follow it too: those whose cursor names a place in it from
    /// there, the others from the time when they were made. The limits are divided among one more stream.
    /// </summary>
    public IFrameSink AddStream()
    {
        lock (_growth)
        {
            var limits = _limits.PerStream(_buffers.Length + 1);
            foreach (var buffer in _buffers)
            {
                buffer.Limit(limits);
            }

            var added = new StreamBuffer(Context, _buffers.Length, limits);
            if (_isDisposed)
            {
                added.Dispose();
                return added;
            }

            _buffers = [.. _buffers, added];
            foreach (var subscription in _subscriptions)
            {
                subscription.FollowAll(_buffers);
            }

            return added;
        }
    }

    internal void Forget(BackplaneSubscription subscription, Message[] undelivered)
    {
        lock (_growth)
        {
            _subscriptions.Remove(subscription);
        }

        foreach (var message in undelivered)
        {
            GivenBack?.Invoke(message);
        }
    }

    /// <summary>
    /// Passes a message to those subscriptions to its key that belong to its source, without Redis. It has no id and
    /// moves no cursor.
    /// </summary>
    /// <returns>Whether this server has such a subscription.</returns>
    public bool TryHandOver(Message message)
    {
        var own = _buffers[0].FollowersOf(message.Key).FindAll(subscription => subscription.Identity == message.Source);
        var isTaken = false;
        foreach (var subscription in own)
        {
            isTaken |= subscription.TryHandOver(message);
        }

        return isTaken;
    }

    /// <summary>
    /// Ends all delivery and releases the buffers. Subscriptions keep their cursors. May be called twice.
    /// </summary>
    public void Dispose()
    {
        Context.Scheduler.Dispose();
        _sweep.Dispose();
        lock (_growth)
        {
            _isDisposed = true;
            foreach (var buffer in _buffers)
            {
                buffer.Dispose();
            }
        }
    }

    internal void Sweep()
    {
        foreach (var buffer in Buffers)
        {
            buffer.Sweep();
        }
    }

    internal void Report(in TakeResult taken, int streamIndex, string identity)
    {
        if (taken.Foreign is { } foreign)
        {
            Counters.ForeignCursors.Add();
            if (_foreignCursors.TryEnter())
            {
                DeliveryLog.ForeignCursor(Context.Logger, Context.AppName, identity, streamIndex, foreign.Id, foreign.ResumedAfter);
            }
        }

        if (taken.Miss is { } miss)
        {
            var total = Counters.Overruns.Add();
            if (_overruns.TryEnter())
            {
                DeliveryLog.Overrun(Context.Logger, Context.AppName, identity, streamIndex, miss.Place, miss.Floor, total);
            }
        }
    }

    internal void ReportMalformedCursor(string identity, int length)
    {
        Counters.ForeignCursors.Add();
        if (_malformedCursors.TryEnter())
        {
            DeliveryLog.MalformedCursor(Context.Logger, Context.AppName, identity, length);
        }
    }
}
