namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// The keys of the groups of one client, and whether they have changed since the client last heard of them. Not
/// thread-safe.
/// </summary>
internal sealed class ClientGroups(IReadOnlyList<string> groups)
{
    private readonly HashSet<string> _added = [];
    private readonly HashSet<string> _removed = [];

    public HashSet<string> All { get; } = [.. groups];

    public bool Contains(string group) => All.Contains(group);

    public void Add(string group)
    {
        if (All.Add(group) && !_removed.Remove(group))
        {
            _added.Add(group);
        }
    }

    public void Remove(string group)
    {
        if (All.Remove(group) && !_added.Remove(group))
        {
            _removed.Add(group);
        }
    }

    /// <returns>Whether they have changed since the last call. A change that was undone is none.</returns>
    public bool TakeChange()
    {
        var hasChanged = _added.Count > 0 || _removed.Count > 0;
        _added.Clear();
        _removed.Clear();
        return hasChanged;
    }
}
