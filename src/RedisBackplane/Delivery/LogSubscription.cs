using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery;

/// <summary>
/// A subscription that takes its messages from the log: SignalR's <see cref="Subscription"/> runs it, and it works as often as one of its
/// own keys has something for it.
/// </summary>
/// <remarks>
/// SignalR's bus calls <see cref="AddEvent"/> and <see cref="RemoveEvent"/> while a batch that ends with the command is delivered, so that
/// both take effect exactly there. <c>EventKeys</c> belongs to the subscriber, who reads it too: it is kept as SignalR keeps it, unless it
/// cannot be changed.
/// </remarks>
internal sealed class LogSubscription : Subscription
#if NET
    , IThreadPoolWorkItem
#endif
{
    private readonly MessageDelivery _delivery;
    private readonly ClientCallback _client;

    // Since when the client has been waiting for what streams bring in which it has no place; 0 for everything they hold.
    private readonly long _since;

    // Places in streams that this server does not read, at least not yet: kept for the client, that may go on with them here or elsewhere.
    private readonly ulong[] _surplus = [];
    private readonly int _firstSurplus;

    // The first stream's link of each key; the others hang on it. Also the lock of the subscription, which comes before those of the logs.
    private readonly Dictionary<string, KeyLink> _links = new(StringComparer.Ordinal);

    // One for each stream. Replaced as a whole when there is one more.
    private volatile LogReader[] _readers = [];

    private int _firstReader;
    private int _takenMessages;
    private volatile bool _isActive;
    private bool _isDetached;

    public LogSubscription(
        MessageDelivery delivery,
        ISubscriber subscriber,
        string? cursor,
        Func<MessageResult, object, Task<bool>> callback,
        int maxMessages,
        object? state)
        : this(delivery, subscriber, cursor, new ClientCallback(callback), maxMessages, state)
    {
    }

    private LogSubscription(
        MessageDelivery delivery, ISubscriber subscriber, string? cursor, ClientCallback client, int maxMessages, object? state)
        : base(subscriber.Identity, subscriber.EventKeys, client.Invoke, maxMessages, delivery.SignalRCounters, state)
    {
        _delivery = delivery;
        _client = client;
        var logs = delivery.Logs;
        Span<ulong> ids = stackalloc ulong[DeliveryCursor.MaxStreams];
        if (!DeliveryCursor.TryRead(cursor, ids, out var named, out var since) && !string.IsNullOrEmpty(cursor))
        {
            delivery.ReportMalformedCursor(Identity, cursor!.Length);
        }

        var isNew = named == 0 && since == 0;
        _since = isNew ? delivery.NowMicroseconds() : since;
        _firstSurplus = logs.Length;
        if (named >> (logs.Length - 1) > 1)
        {
            _surplus = ids.Slice(logs.Length).ToArray();
        }

        lock (_links)
        {
            foreach (var key in subscriber.EventKeys)
            {
                _links[key] = null!;
            }

            string[] keys = [.. _links.Keys];
            var links = new List<KeyLink>(keys.Length);
            var readers = new LogReader[logs.Length];
            for (var i = logs.Length - 1; i >= 0; i--)
            {
                readers[i] = new LogReader(this, logs[i]);
                links.Clear();
                var isAtPresent = isNew || (named & (1UL << i)) != 0;
                logs[i].Attach(readers[i], ids[i], isAtPresent ? null : _since, keys, links);
                for (var k = 0; k < keys.Length; k++)
                {
                    links[k].NextStream = _links[keys[k]];
                    _links[keys[k]] = links[k];
                }
            }

            _readers = readers;
        }

        delivery.Counters.SubscriptionsChanged(1);
    }

    /// <summary>If there is something for it, then it works or waits for a thread, and not for its client.</summary>
    public bool IsAtWork => _isActive && !_client.IsPending;

    /// <summary>
    /// Follows the streams that have come since: from the place the client came with, or else with what was sent since it came.
    /// </summary>
    public void FollowAll(StreamLog[] logs)
    {
        if (_readers.Length == logs.Length)
        {
            return;
        }

        lock (_links)
        {
            for (var i = _readers.Length; i < logs.Length && !_isDetached; i++)
            {
                Follow(logs[i]);
            }
        }

        _delivery.Wakes.Wake(this);
    }

    /// <summary>
    /// Lets it deliver. Until SignalR's bus has finished to subscribe, the subscriber is not ready: a group change that came in between
    /// would be lost.
    /// </summary>
    public void Activate()
    {
        _isActive = true;
        _delivery.Wakes.Wake(this);
    }

    /// <summary>Works on the calling thread; for the thread pool.</summary>
    public void Execute() => _delivery.Wakes.Work(this);

    public override bool AddEvent(string key, Topic topic)
    {
        if (!EventKeys.IsReadOnly)
        {
            base.AddEvent(key, topic);
        }

        lock (_links)
        {
            if (_isDetached || _links.ContainsKey(key))
            {
                return false;
            }

            KeyLink? link = null;
            var readers = _readers;
            for (var i = readers.Length - 1; i >= 0; i--)
            {
                var added = readers[i].Log.AddKey(readers[i], key);
                added.NextStream = link;
                link = added;
            }

            _links.Add(key, link!);
        }

        _delivery.Wakes.Wake(this);
        return true;
    }

    public override void RemoveEvent(string key)
    {
        if (!EventKeys.IsReadOnly)
        {
            base.RemoveEvent(key);
        }

        lock (_links)
        {
            if (!_links.TryGetValue(key, out var link))
            {
                return;
            }

            _links.Remove(key);
            foreach (var reader in _readers)
            {
                reader.Log.RemoveKey(link!);
                link = link!.NextStream;
            }
        }

        // It may have been the key whose older messages all others waited for.
        _delivery.Wakes.Wake(this);
    }

    /// <summary>SignalR's bus calls it for every key as it subscribes. They are followed already, all from one place.</summary>
    public override void SetEventTopic(string key, Topic topic)
    {
        bool isFollowed;
        lock (_links)
        {
            isFollowed = _isDetached || _links.ContainsKey(key);
        }

        if (!isFollowed)
        {
            AddEvent(key, topic);
        }
    }

    public override void WriteCursor(TextWriter textWriter)
    {
        Span<ulong> ids = stackalloc ulong[DeliveryCursor.MaxStreams];
        var readers = _readers;
        var since = 0L;
        for (var i = 0; i < readers.Length; i++)
        {
            ids[i] = readers[i].GetPlace();
            since = ids[i] == DeliveryCursor.Present ? _since : since;
        }

        var count = Math.Max(readers.Length, _firstSurplus + _surplus.Length);
        for (var i = readers.Length; i < count; i++)
        {
            ids[i] = _surplus[i - _firstSurplus];
        }

        DeliveryCursor.Write(textWriter, ids.Slice(0, count), since);
    }

    protected override void PerformWork(IList<ArraySegment<Message>> items, out int totalCount, out object state)
    {
        totalCount = 0;
        state = this;
        if (!_isActive)
        {
            return;
        }

        // Streams have no order among each other. Each is the first to be asked in turn, so that a busy one does not hold up the others.
        var readers = _readers;
        var first = _firstReader % readers.Length;
        _firstReader = first + 1;
        for (var i = 0; i < readers.Length && totalCount < MaxMessages; i++)
        {
            var reader = readers[(first + i) % readers.Length];
            var taken = reader.Take(MaxMessages - totalCount);
            if (taken.HasMissed || taken.ForeignCursor is not null)
            {
                _delivery.Report(taken, reader.Log.StreamIndex, Identity);
            }

            if (taken.Messages.Count > 0)
            {
                // One segment for each stream is all there will be; a list makes room for four unasked.
                if (items is List<ArraySegment<Message>> { Capacity: 0 } list)
                {
                    list.Capacity = readers.Length;
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
        foreach (var reader in _readers)
        {
            var place = reader.Commit();
            _delivery.Trace.CursorMoved(reader.Log.StreamIndex, place, Identity);
        }

        _delivery.Counters.Delivered(_takenMessages);
    }

    protected override void Dispose(bool disposing)
    {
        // The base waits for a callback that is under way, so that a batch counts as delivered or not at all.
        base.Dispose(disposing);
        if (disposing)
        {
            Detach();
        }
    }

    private void Detach()
    {
        lock (_links)
        {
            if (_isDetached)
            {
                return;
            }

            _isDetached = true;
            var links = _links.Values.ToArray();
            _links.Clear();
            foreach (var reader in _readers)
            {
                reader.Log.Detach(reader, links);
                for (var i = 0; i < links.Length; i++)
                {
                    links[i] = links[i].NextStream!;
                }
            }
        }

        _delivery.Forget(this);
        _delivery.Counters.SubscriptionsChanged(-1);
    }

    private void Follow(StreamLog log)
    {
        var place = log.StreamIndex - _firstSurplus;
        var cursor = place < _surplus.Length ? _surplus[place] : DeliveryCursor.Present;
        var reader = new LogReader(this, log);
        string[] keys = [.. _links.Keys];
        var links = new List<KeyLink>(keys.Length);
        log.Attach(reader, cursor, _since, keys, links);
        for (var k = 0; k < keys.Length; k++)
        {
            var last = _links[keys[k]];
            while (last.NextStream is { } next)
            {
                last = next;
            }

            last.NextStream = links[k];
        }

        _readers = [.. _readers, reader];
    }
}
