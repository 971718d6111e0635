using System.Net;
using System.Text.RegularExpressions;

namespace RedisBackplane.Redis.Connection;

/// <summary>What a server says it is, and what tells which of two masters is the newer one. Knows no Redis.</summary>
/// <param name="EndPoint">Where it is.</param>
/// <param name="IsMaster">It takes writes.</param>
/// <param name="Replication">The name of the history of writes that it goes on with (<c>master_replid</c>); empty if not known.</param>
/// <param name="Former">The one that it took over from (<c>master_replid2</c>); empty if not known.</param>
/// <param name="RecognizedAt">When the farm recognised it, by its clock, in microseconds; 0 if it never did.</param>
internal sealed record MasterCandidate(EndPoint EndPoint, bool IsMaster, string Replication, string Former, long RecognizedAt)
{
    private static readonly Regex Field = new(@"^(role|master_replid2?):(\w+)", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    /// <summary>Reads what <c>INFO replication</c> says.</summary>
    public static MasterCandidate From(EndPoint endPoint, string info)
    {
        var fields = Field.Matches(info).Cast<Match>()
            .GroupBy(static match => match.Groups[1].Value)
            .ToDictionary(static group => group.Key, static group => group.First().Groups[2].Value);
        return new MasterCandidate(endPoint, Get("role") == "master", Get("master_replid"), Get("master_replid2").Trim('0'), 0);

        string Get(string name) => fields.TryGetValue(name, out var value) ? value : string.Empty;
    }

    /// <summary>Whether it took over from the other.</summary>
    public bool Succeeds(MasterCandidate other) => Former.Length > 0 && Former == other.Replication;

    /// <summary>Chooses the master: one that took over from another before that one, then the one that the farm recognised last.</summary>
    /// <param name="servers">All that answered, in the order of preference where nothing else tells.</param>
    /// <returns><see langword="null"/> where none is a master.</returns>
    public static MasterCandidate? Choose(IReadOnlyCollection<MasterCandidate> servers)
    {
        var masters = servers.Where(static server => server.IsMaster).ToList();
        return masters
            .Where(master => !masters.Exists(other => other.Succeeds(master)))
            .OrderByDescending(static master => master.RecognizedAt)
            .FirstOrDefault();
    }

    /// <summary>Names the masters if there is more than one; else <see langword="null"/>.</summary>
    public static string? DescribeSeveral(IEnumerable<MasterCandidate> servers)
    {
        string[] masters = [.. servers.Where(static server => server.IsMaster)
            .Select(static server => RedisConnectionSource.Describe(server.EndPoint))
            .OrderBy(static name => name, StringComparer.Ordinal)];
        return masters.Length > 1 ? string.Join(", ", masters) : null;
    }

    /// <summary>Whether a connection to a server should leave it for another.</summary>
    /// <param name="current">The server, as it was when it answered last.</param>
    /// <param name="servers">All that answered just now.</param>
    public static MasterCandidate? Leave(MasterCandidate current, IReadOnlyCollection<MasterCandidate> servers)
    {
        var chosen = Choose(servers);
        if (chosen is null || chosen.EndPoint.Equals(current.EndPoint))
        {
            return null;
        }

        // One that does not answer may only be busy: then nothing but a successor is a reason to go.
        return chosen.Succeeds(current) || servers.Any(server => server.EndPoint.Equals(current.EndPoint)) ? chosen : null;
    }
}
