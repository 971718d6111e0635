namespace Chat.Presence;

/// <summary>
/// Knows who is on which server, from what every server reports about itself. Each report is complete, so the next one
/// corrects a lost one. A server that reports nothing for a while is considered gone. Thread-safe.
/// </summary>
public sealed class FarmDirectory(TimeProvider time)
{
    /// <summary>Three missing reports, because one may be late.</summary>
    internal static readonly TimeSpan Lifetime = 3 * PresenceService.Heartbeat;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _servers = [];

    /// <summary>Applies the report of a server.</summary>
    /// <returns>Whether anything changed.</returns>
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

            // Two servers cannot share an address. The earlier one has ended without a goodbye.
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

    /// <summary>A server reported that it stops.</summary>
    /// <returns>Whether it was known.</returns>
    public bool Remove(string instance)
    {
        lock (_lock)
        {
            return _servers.Remove(instance);
        }
    }

    /// <summary>Removes the servers that have been silent for longer than <see cref="Lifetime"/>.</summary>
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
