using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Delivery.Buffer;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// A subscription that takes its messages from the buffers of the streams. SignalR's <see cref="Subscription"/> runs
/// it, whenever one of its own keys has messages.
/// </summary>
/// <remarks>
/// SignalR's bus calls <see cref="AddEvent"/> and <see cref="RemoveEvent"/> while a batch that ends with the command is
/// delivered, so both take effect exactly there. <c>EventKeys</c> belongs to the subscriber, who reads it too. It is
/// updated as SignalR does it, unless it cannot be changed.
/// </remarks>
internal sealed class BackplaneSubscription : Subscription
#if NET
    , IThreadPoolWorkItem
#endif
{
    private readonly MessageDelivery _delivery;
    private readonly DeliveryContext _context;
    private readonly ClientCallback _client;
    private readonly ClientCursor _came;

    // Also the lock of the subscription. It is taken before those of the buffers.
    private readonly FollowedKeys _keys;

    // One for each stream. Replaced as a whole when there is one more stream.
    private volatile SubscriptionPosition[] _positions = [];

    // The messages that did not go through a stream. Null except in the first moments of a connection.
    private Message[]? _handed;
    private bool _tookHanded;

    private int _firstStream;
    private int _takenMessages;
    private volatile bool _isActive;
    private bool _isDetached;

    public BackplaneSubscription(
        MessageDelivery delivery,
        ISubscriber subscriber,
        string? cursor,
        Func<MessageResult, object, Task<bool>> callback,
        int maxMessages,
        object? state)
        : this(delivery, subscriber, cursor, new ClientCallback(callback, state), maxMessages)
    {
    }

    private BackplaneSubscription(
        MessageDelivery delivery, ISubscriber subscriber, string? cursor, ClientCallback client, int maxMessages)
        : base(
            subscriber.Identity,
            subscriber.EventKeys,
            static (result, client) => ((ClientCallback)client).Invoke(result),
            maxMessages,
            delivery.Context.SignalR,
            client)
    {
        _delivery = delivery;
        _context = delivery.Context;
        _client = client;
        _keys = new FollowedKeys(subscriber.EventKeys);
        var buffers = delivery.Buffers;
        Span<ulong> ids = stackalloc ulong[CursorText.MaxStreams];
        if (!ClientCursor.TryRead(cursor, buffers.Length, delivery.Context.NowMicroseconds(), ids, out _came))
        {
            delivery.ReportMalformedCursor(Identity, cursor!.Length);
        }

        lock (_keys)
        {
            var positions = new SubscriptionPosition[buffers.Length];
            for (var i = 0; i < buffers.Length; i++)
            {
                positions[i] = Follow(buffers[i], ids[i], _came.SinceIn(i));
            }

            _positions = positions;
        }

        delivery.Context.Counters.Subscriptions.Add(1);
    }

    /// <summary>Whether, if it has messages, it is working or waiting for a thread, and not for its client.</summary>
    public bool IsAtWork => _isActive && !_client.IsPending;

    /// <summary>
    /// Follows streams that were added since: from the client's place in them, or from the messages that were sent
    /// since the client connected.
    /// </summary>
    public void FollowAll(StreamBuffer[] buffers)
    {
        if (_positions.Length == buffers.Length)
        {
            return;
        }

        lock (_keys)
        {
            for (var i = _positions.Length; i < buffers.Length && !_isDetached; i++)
            {
                var (place, since) = _came.In(i);
                _positions = [.. _positions, Follow(buffers[i], place, since)];
            }
        }

        _context.Scheduler.Wake(this);
    }

    /// <summary>
    /// Starts its delivery. Before SignalR's bus has finished the subscription, the subscriber is not ready, and a
    /// group change would be lost.
    /// </summary>
    public void Activate()
    {
        _isActive = true;
        _context.Scheduler.Wake(this);
    }

    /// <summary>
    /// Delivers a message that does not go through a stream. If the subscription ends before that, it gives the message
    /// back to <see cref="MessageDelivery.GivenBack"/>.
    /// </summary>
    /// <returns>Whether the subscription has not ended.</returns>
    public bool TryHandOver(Message message)
    {
        lock (_keys)
        {
            if (_isDetached)
            {
                return false;
            }

            _handed = [.. _handed ?? [], message];
        }

        _context.Scheduler.Wake(this);
        return true;
    }

    /// <summary>Works on the calling thread, which belongs to the thread pool.</summary>
    public void Execute() => _context.Scheduler.Work(this);

    public override bool AddEvent(string key, Topic? topic)
    {
        if (!EventKeys.IsReadOnly)
        {
            base.AddEvent(key, topic!);
        }

        lock (_keys)
        {
            if (_isDetached || _keys.Contains(key))
            {
                return false;
            }

            _keys.Add(key, _positions.Select(position => position.Buffer.Follow(position, key)));
        }

        _context.Scheduler.Wake(this);
        return true;
    }

    public override void RemoveEvent(string key)
    {
        if (!EventKeys.IsReadOnly)
        {
            base.RemoveEvent(key);
        }

        lock (_keys)
        {
            if (_keys.Remove(key) is not { } link)
            {
                return;
            }

            foreach (var position in _positions)
            {
                position.Buffer.Unfollow(link);
                link = link.NextStream!;
            }
        }

        // All other keys may have waited for the older messages of this one.
        _context.Scheduler.Wake(this);
    }

    /// <summary>
    /// SignalR's bus calls it for every key when it subscribes. The keys are already followed, all from one place.
    /// </summary>
    public override void SetEventTopic(string key, Topic topic)
    {
        bool isFollowed;
        lock (_keys)
        {
            isFollowed = _isDetached || _keys.Contains(key);
        }

        if (!isFollowed)
        {
            AddEvent(key, topic);
        }
    }

    public override void WriteCursor(TextWriter textWriter) => _came.Write(textWriter, _positions);

    protected override void PerformWork(IList<ArraySegment<Message>> items, out int totalCount, out object state)
    {
        totalCount = 0;
        state = this;
        if (!_isActive)
        {
            return;
        }

        var handed = Volatile.Read(ref _handed);
        _tookHanded = handed is not null;
        if (handed is not null)
        {
            items.Add(new ArraySegment<Message>(handed, 0, 1));
            _takenMessages = totalCount = 1;
            return;
        }

        // There is no order between streams. Each of them is the first in turn, so that a busy one does not delay the
        // others.
        var positions = _positions;
        var first = _firstStream % positions.Length;
        _firstStream = first + 1;
        for (var i = 0; i < positions.Length && totalCount < MaxMessages; i++)
        {
            var position = positions[(first + i) % positions.Length];
            var taken = position.Buffer.Take(position, MaxMessages - totalCount);
            if (taken.Miss is not null || taken.Foreign is not null)
            {
                _delivery.Report(taken, position.Buffer.StreamIndex, Identity);
            }

            if (taken.Messages.Count > 0)
            {
                // There is at most one segment for each stream. A list would otherwise reserve room for four.
                if (items is List<ArraySegment<Message>> { Capacity: 0 } list)
                {
                    list.Capacity = positions.Length;
                }

                items.Add(taken.Messages);
                totalCount += taken.Messages.Count;
            }

            if (taken.EndsWithCommand)
            {
                break;
            }
        }

        _takenMessages = totalCount;
    }

    protected override void BeforeInvoke(object state)
    {
        if (_tookHanded)
        {
            // Nothing was taken from a stream.
            lock (_keys)
            {
                _handed = _handed!.Length > 1 ? [.. _handed.Skip(1)] : null;
            }

            _tookHanded = false;
            _context.Counters.DeliveredMessages.Add(1);
            return;
        }

        foreach (var position in _positions)
        {
            var place = position.Commit();
            _context.Trace.CursorMoved(position.Buffer.StreamIndex, place, Identity);
        }

        _context.Counters.DeliveredMessages.Add(_takenMessages);
    }

    protected override void Dispose(bool disposing)
    {
        // The base class waits for a running callback, so a batch counts as delivered or not at all.
        base.Dispose(disposing);
        if (disposing)
        {
            Detach();
        }
    }

    private void Detach()
    {
        Message[]? undelivered;
        lock (_keys)
        {
            if (_isDetached)
            {
                return;
            }

            _isDetached = true;
            (undelivered, _handed) = (_handed, null);
            var links = _keys.Clear();
            foreach (var position in _positions)
            {
                position.Buffer.Detach(position, links!);
                for (var i = 0; i < links.Length; i++)
                {
                    links[i] = links[i]!.NextStream;
                }
            }
        }

        _delivery.Forget(this, undelivered ?? []);
        _context.Counters.Subscriptions.Add(-1);
    }

    private SubscriptionPosition Follow(StreamBuffer buffer, ulong place, long since)
    {
        var position = new SubscriptionPosition(this, buffer);
        var keys = _keys.ToArray();
        var links = new List<KeyLink>(keys.Length);
        buffer.Attach(position, place, since, keys, links);
        _keys.AddStream(keys, links);
        return position;
    }
}
