namespace Chat.Presence;

/// <summary>
/// Who is on which server, from what every server tells about itself. Each telling is complete, so that a lost one is
/// healed by the next; a server that tells nothing for a while is taken for gone. Thread-safe.
/// </summary>
public sealed class FarmDirectory(TimeProvider time)
{
    /// <summary>Three tellings missed: one may be late.</summary>
    internal static readonly TimeSpan Lifetime = 3 * PresenceService.Heartbeat;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _servers = [];

    /// <summary>Takes a server's word.</summary>
    /// <returns>Whether anything is different now.</returns>
    public bool Update(ServerRoster roster)
    {
        lock (_lock)
        {
            if (_servers.TryGetValue(roster.Instance, out var known))
            {
                if (roster.Version <= known.Roster.Version)
                {
                    return false;
                }

                _servers[roster.Instance] = new Entry(roster, time.GetTimestamp());
                return !Same(known.Roster, roster);
            }

            // Two servers cannot share an address: whoever was there before has ended, and could not say so.
            var before = _servers.Values
                .Select(server => server.Roster)
                .FirstOrDefault(other => other.Host == roster.Host && other.Port == roster.Port);
            if (before is not null)
            {
                _servers.Remove(before.Instance);
            }

            _servers.Add(roster.Instance, new Entry(roster, time.GetTimestamp()));
            return true;
        }
    }

    /// <summary>A server said that it goes.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string instance)
    {
        lock (_lock)
        {
            return _servers.Remove(instance);
        }
    }

    /// <summary>Forgets the servers that have been silent for longer than <see cref="Lifetime"/>.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Expire()
    {
        lock (_lock)
        {
            var silent = _servers
                .Where(server => time.GetElapsedTime(server.Value.HeardAt) > Lifetime)
                .Select(server => server.Key)
                .ToList();
            silent.ForEach(instance => _servers.Remove(instance));
            return silent.Count > 0;
        }
    }

    public IReadOnlyList<ServerRoster> Snapshot()
    {
        lock (_lock)
        {
            return [.. _servers.Values
                .Select(server => server.Roster)
                .OrderBy(roster => roster.Port)
                .ThenBy(roster => roster.Instance, StringComparer.Ordinal)];
        }
    }

    public Person? Find(string personId)
    {
        lock (_lock)
        {
            return _servers.Values.SelectMany(server => server.Roster.People).FirstOrDefault(person => person.Id == personId);
        }
    }

    private static bool Same(ServerRoster one, ServerRoster other) =>
        one.Name == other.Name
        && one.Port == other.Port
        && one.People.Count == other.People.Count
        && one.People.Zip(other.People).All(pair =>
            pair.First.Id == pair.Second.Id
            && pair.First.Name == pair.Second.Name
            && pair.First.Rooms.SequenceEqual(pair.Second.Rooms, StringComparer.Ordinal));

    private sealed record Entry(ServerRoster Roster, long HeardAt);
}
