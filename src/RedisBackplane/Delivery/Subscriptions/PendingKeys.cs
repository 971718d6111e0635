using RedisBackplane.Delivery.Buffer;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// The keys of one position that may have messages after its place, as a list linked by
/// <see cref="KeyLink.NextPending"/>. A key stays in the list until a later take finds no message of it, so that
/// messages that were taken and not committed are taken again. Mutable: never copied.
/// </summary>
internal struct PendingKeys
{
    private KeyLink? _first;

    public void Add(KeyLink link)
    {
        if (!link.IsPending)
        {
            link.IsPending = true;
            link.NextPending = _first;
            _first = link;
        }
    }

    /// <returns>The keys that are still followed.</returns>
    public IReadOnlyList<KeyLink> RemoveAll()
    {
        if (_first is null)
        {
            return [];
        }

        var removed = new List<KeyLink>();
        while (_first is { } link)
        {
            _first = link.NextPending;
            link.NextPending = null;
            link.IsPending = false;
            if (!link.IsRemoved)
            {
                removed.Add(link);
            }
        }

        return removed;
    }

    /// <summary>
    /// Adds the keys that have messages after a place to the merge, and removes the others from the list.
    /// </summary>
    /// <returns>Whether messages of one of them are lost.</returns>
    public bool Collect(ulong place, KeyMerge merge)
    {
        var isMissing = false;
        var link = _first;
        _first = null;
        while (link is not null)
        {
            var next = link.NextPending;
            link.NextPending = null;
            link.IsPending = !link.IsRemoved && TryMerge(link.Entry, place, merge, ref isMissing);
            if (link.IsPending)
            {
                link.NextPending = _first;
                _first = link;
            }

            link = next;
        }

        return isMissing;
    }

    private static bool TryMerge(KeyEntry entry, ulong place, KeyMerge merge, ref bool isMissing)
    {
        isMissing |= entry.IsTooOld(place);
        var first = entry.FirstAfter(place);
        if (first == entry.Messages.Count)
        {
            return false;
        }

        merge.Add(entry.Messages, first);
        return true;
    }
}
