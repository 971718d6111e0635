namespace RedisBackplane.Simulation.Redis;

/// <summary>The connections to one Redis, and the channels that they have subscribed to.</summary>
internal sealed class ClientLinks(RunStatistics statistics)
{
    /// <summary>The beginning of the name of a sharded channel. It has nothing to do with a plain one.</summary>
    public const string ShardedPrefix = "sharded:";

    private readonly List<Link> _links = [];
    private readonly Dictionary<string, List<Link>> _subscribers = [];

    /// <summary>How many bytes may wait for a subscriber before its connection is closed.</summary>
    public long OutputLimit { get; set; } = long.MaxValue;

    /// <summary>How often that happened.</summary>
    public int Overflows { get; private set; }

    public static bool IsSharded(string channel) => channel.StartsWith(ShardedPrefix, StringComparison.Ordinal);

    public void Accept(Link link) => _links.Add(link);

    public void Forget(Link link)
    {
        _links.Remove(link);
        foreach (var links in _subscribers.Values)
        {
            links.Remove(link);
        }
    }

    /// <summary>Closes connections, as <c>CLIENT KILL</c> does.</summary>
    public void Close(Func<Link, bool> which)
    {
        foreach (var link in _links.Where(which).ToArray())
        {
            link.Break();
        }
    }

    /// <summary>Silences connections without either end noticing.</summary>
    public void Swallow(Func<Link, bool> which) => _links.Where(which).ToList().ForEach(static link => link.Swallow());

    public void Subscribe(Link link, string channel)
    {
        if (!_subscribers.TryGetValue(channel, out var links))
        {
            _subscribers[channel] = links = [];
        }

        if (!links.Contains(link))
        {
            links.Add(link);
        }
    }

    public void Unsubscribe(Link link, string channel)
    {
        if (_subscribers.TryGetValue(channel, out var links))
        {
            links.Remove(link);
        }
    }

    /// <summary>
    /// Another server owns the slot now, so nothing is published here any more on channels that belong to it.
    /// </summary>
    public void EndShardedSubscriptions()
    {
        foreach (var channel in _subscribers.Keys.Where(IsSharded).ToArray())
        {
            _subscribers.Remove(channel, out var links);
            links!.ForEach(link => link.EndSubscription(channel));
        }
    }

    /// <summary>Sends a payload to the subscribers of a channel.</summary>
    public void Push(string channel, byte[] payload)
    {
        if (!_subscribers.TryGetValue(channel, out var links))
        {
            return;
        }

        foreach (var link in links.ToArray())
        {
            // A receiver writes the ids into the bytes that it got.
            link.Push(channel, (byte[])payload.Clone());
            if (!link.IsDead)
            {
                statistics.Pushed();
            }

            if (link.BytesUnderWay > OutputLimit)
            {
                statistics.Count("redis: subscriber with too much output closed");
                Overflows++;
                link.Break();
            }
        }
    }
}
