using RedisBackplane.Diagnostics;

namespace RedisBackplane.Delivery;

/// <summary>
/// Who follows which keys of a stream, and from where on. Those that come before it is known where the stream stands wait for that. The
/// caller holds <see cref="StreamLog.Gate"/>, and <see cref="StreamLog.KeysGate"/> too where a key may be added.
/// </summary>
internal sealed class Followers
{
    private readonly KeyIndex _index;
    private readonly LogScanner _scanner;
    private readonly DeliveryCounters _counters;
    private readonly HashSet<LogReader> _earlyReaders = [];
    private readonly List<KeyLink> _earlyLinks = [];
    private bool _hasStarted;

    public Followers(KeyIndex index, LogScanner scanner, DeliveryCounters counters)
    {
        _index = index;
        _scanner = scanner;
        _counters = counters;
    }

    public void Add(LogReader reader, ulong cursor, long? since)
    {
        reader.Attach(cursor, since);
        if (!_hasStarted)
        {
            _earlyReaders.Add(reader);
        }
    }

    public void Remove(LogReader reader) => _earlyReaders.Remove(reader);

    /// <summary>Lets a reader follow a key from where it stands.</summary>
    public KeyLink AddKey(LogReader reader, string key)
    {
        var before = _index.Count;
        var entry = _index.GetOrAdd(key);
        _counters.IndexedKeysChanged(_index.Count - before);
        var link = KeyIndex.Link(reader, entry);
        if (_hasStarted)
        {
            Follow(link);
        }
        else
        {
            _earlyLinks.Add(link);
        }

        return link;
    }

    public void RemoveKey(KeyLink link)
    {
        if (link.IsRemoved)
        {
            return;
        }

        _index.Unlink(link);
        if (link.IsWaiting)
        {
            link.Reader.EndWaiting(link);
        }
    }

    /// <summary>It is known where the stream stands: lets those go on that wait for it.</summary>
    /// <returns>The subscriptions that are to be woken.</returns>
    public List<LogSubscription> Start()
    {
        _hasStarted = true;
        foreach (var reader in _earlyReaders)
        {
            reader.Start();
        }

        foreach (var link in _earlyLinks)
        {
            Follow(link);
        }

        var waiting = _earlyReaders.Select(reader => reader.Subscription).ToList();
        Clear();
        return waiting;
    }

    public void Clear()
    {
        _earlyReaders.Clear();
        _earlyLinks.Clear();
        _earlyLinks.TrimExcess();
    }

    private void Follow(KeyLink link)
    {
        if (!link.IsRemoved && link.Reader.Follow(link) is { } after)
        {
            _scanner.Request(link, after);
        }
    }
}
