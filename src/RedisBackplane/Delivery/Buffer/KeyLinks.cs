namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// The subscriptions that follow one key. Most keys belong to one connection, and their one link needs no list.
/// Mutable: never copied. Not thread-safe.
/// </summary>
internal struct KeyLinks
{
    private KeyLink? _only;
    private List<KeyLink>? _all;

    public readonly int Count => _all?.Count ?? (_only is null ? 0 : 1);

    public readonly KeyLink this[int index] => _all is null ? _only! : _all[index];

    public void Add(KeyLink link)
    {
        link.Index = Count;
        if (_all is not null)
        {
            _all.Add(link);
        }
        else if (_only is not null)
        {
            _all = [_only, link];
            _only = null;
        }
        else
        {
            _only = link;
        }
    }

    /// <summary>Removes a link that is one of these.</summary>
    public void Remove(KeyLink link)
    {
        if (_all is null)
        {
            _only = null;
            return;
        }

        var last = _all[_all.Count - 1];
        _all[link.Index] = last;
        last.Index = link.Index;
        _all.RemoveAt(_all.Count - 1);
    }
}
