using RedisBackplane.Delivery.Buffer;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// The keys of one subscription, each with its link in every stream: the first stream's link, which leads to the others
/// in the order of the streams. Not thread-safe.
/// </summary>
internal sealed class FollowedKeys
{
    // Most connections follow no more. To search these takes about as long as a look-up, and less memory.
    private const int MostWithoutIndex = 8;

    private readonly List<Followed> _keys;

    // The place of each key in the list; null if there are few.
    private Dictionary<string, int>? _places;

    public FollowedKeys(ICollection<string> keys)
    {
        _keys = new List<Followed>(keys.Count);
        foreach (var key in keys)
        {
            if (!Contains(key))
            {
                Add(key);
            }
        }
    }

    public bool Contains(string key) => Find(key) >= 0;

    public string[] ToArray() => [.. _keys.Select(static followed => followed.Key)];

    /// <param name="links">Its links, in the order of the streams.</param>
    public void Add(string key, IEnumerable<KeyLink> links)
    {
        Add(key);
        foreach (var link in links)
        {
            AddLast(_keys.Count - 1, link);
        }
    }

    /// <param name="keys">All keys, as <see cref="ToArray"/> returned them.</param>
    /// <param name="links">Their links, in the same order.</param>
    public void AddStream(string[] keys, List<KeyLink> links)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            AddLast(i, links[i]);
        }
    }

    /// <returns>Its first link; null if it was not followed.</returns>
    public KeyLink? Remove(string key)
    {
        var place = Find(key);
        if (place < 0)
        {
            return null;
        }

        var link = _keys[place].First;
        var last = _keys[_keys.Count - 1];
        _keys[place] = last;
        _keys.RemoveAt(_keys.Count - 1);
        if (_places is not null)
        {
            _places[last.Key] = place;
            _places.Remove(key);
        }

        return link;
    }

    /// <returns>The first link of each.</returns>
    public KeyLink?[] Clear()
    {
        KeyLink?[] links = [.. _keys.Select(static followed => followed.First)];
        _keys.Clear();
        _places = null;
        return links;
    }

    private void Add(string key)
    {
        _keys.Add(new Followed(key, First: null));
        if (_places is not null)
        {
            _places.Add(key, _keys.Count - 1);
        }
        else if (_keys.Count > MostWithoutIndex)
        {
            _places = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < _keys.Count; i++)
            {
                _places.Add(_keys[i].Key, i);
            }
        }
    }

    private int Find(string key)
    {
        if (_places is not null)
        {
            return _places.TryGetValue(key, out var place) ? place : -1;
        }

        for (var i = 0; i < _keys.Count; i++)
        {
            if (string.Equals(_keys[i].Key, key, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private void AddLast(int place, KeyLink link)
    {
        if (_keys[place].First is not { } last)
        {
            _keys[place] = new Followed(_keys[place].Key, link);
            return;
        }

        while (last.NextStream is { } next)
        {
            last = next;
        }

        last.NextStream = link;
    }

    private readonly record struct Followed(string Key, KeyLink? First);
}
