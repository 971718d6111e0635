using RedisBackplane.Delivery.Buffer;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// The keys of one subscription, each with its link in every stream: the first stream's link, which leads to the others
/// in the order of the streams. Not thread-safe.
/// </summary>
internal sealed class FollowedKeys
{
    private readonly Dictionary<string, KeyLink?> _links = new(StringComparer.Ordinal);

    public FollowedKeys(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            _links[key] = null;
        }
    }

    public bool Contains(string key) => _links.ContainsKey(key);

    public string[] ToArray() => [.. _links.Keys];

    /// <param name="links">Its links, in the order of the streams.</param>
    public void Add(string key, IEnumerable<KeyLink> links)
    {
        _links.Add(key, null);
        foreach (var link in links)
        {
            AddLast(key, link);
        }
    }

    /// <param name="links">Their links, in the same order.</param>
    public void AddStream(string[] keys, List<KeyLink> links)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            AddLast(keys[i], links[i]);
        }
    }

    /// <returns>Its first link; null if it was not followed.</returns>
    public KeyLink? Remove(string key)
    {
        if (_links.TryGetValue(key, out var link))
        {
            _links.Remove(key);
        }

        return link;
    }

    /// <returns>The first link of each.</returns>
    public KeyLink?[] Clear()
    {
        KeyLink?[] links = [.. _links.Values];
        _links.Clear();
        return links;
    }

    private void AddLast(string key, KeyLink link)
    {
        if (_links[key] is not { } last)
        {
            _links[key] = link;
            return;
        }

        while (last.NextStream is { } next)
        {
            last = next;
        }

        last.NextStream = link;
    }
}
