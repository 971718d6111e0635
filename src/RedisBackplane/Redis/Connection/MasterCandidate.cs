using System.Net;
using System.Text.RegularExpressions;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// The role of a server, and the facts that decide which of two masters is the newer one. Knows no Redis.
/// </summary>
/// <param name="IsMaster">Whether it accepts writes.</param>
/// <param name="Replication">
/// The name of the history of writes that it continues (<c>master_replid</c>); empty if not known.
/// </param>
/// <param name="Former">The name of the history that it took over (<c>master_replid2</c>); empty if not known.</param>
/// <param name="RecognizedAt">
/// When the farm recognised it, on the server's clock, in microseconds; 0 if it never did.
/// </param>
internal sealed record MasterCandidate(EndPoint EndPoint, bool IsMaster, string Replication, string Former, long RecognizedAt)
{
    private static readonly Regex Field = new(@"^(role|master_replid2?):(\w+)", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    /// <summary>Reads the answer of <c>INFO replication</c>.</summary>
    public static MasterCandidate From(EndPoint endPoint, string info)
    {
        var fields = Field.Matches(info).Cast<Match>()
            .GroupBy(static match => match.Groups[1].Value)
            .ToDictionary(static group => group.Key, static group => group.First().Groups[2].Value);
        var former = Get("master_replid2");
        // Redis writes zeros if there was no other history.
        var tookOver = former.Any(static digit => digit != '0');
        return new MasterCandidate(endPoint, Get("role") == "master", Get("master_replid"), tookOver ? former : string.Empty, 0);

        string Get(string name) => fields.TryGetValue(name, out var value) ? value : string.Empty;
    }

    /// <summary>Whether it took over from the other server.</summary>
    public bool Succeeds(MasterCandidate other) => Former.Length > 0 && Former == other.Replication;

    /// <summary>
    /// Chooses the master. A server that took over from another has precedence over that one; then the server that the
    /// farm recognised last.
    /// </summary>
    /// <param name="servers">All servers that answered, in the order of preference if nothing else decides.</param>
    /// <returns><see langword="null"/> if none is a master.</returns>
    public static MasterCandidate? Choose(IReadOnlyCollection<MasterCandidate> servers)
    {
        var masters = servers.Where(static server => server.IsMaster).ToList();
        return masters
            .Where(master => !masters.Exists(other => other.Succeeds(master)))
            .OrderByDescending(static master => master.RecognizedAt)
            .FirstOrDefault();
    }

    /// <summary>Returns the names of the masters if there are several; otherwise <see langword="null"/>.</summary>
    public static string? DescribeSeveral(IEnumerable<MasterCandidate> servers)
    {
        string[] masters = [.. servers.Where(static server => server.IsMaster)
            .Select(static server => RedisConnectionSource.Describe(server.EndPoint))
            .OrderBy(static name => name, StringComparer.Ordinal)];
        return masters.Length > 1 ? string.Join(", ", masters) : null;
    }

    /// <summary>
    /// Returns the server to which a connection should move; <see langword="null"/> if it should stay.
    /// </summary>
    /// <param name="current">The server that the connection uses, according to its last answer.</param>
    /// <param name="servers">All servers that answered just now.</param>
    public static MasterCandidate? Leave(MasterCandidate current, IReadOnlyCollection<MasterCandidate> servers)
    {
        var chosen = Choose(servers);
        if (chosen is null || chosen.EndPoint.Equals(current.EndPoint))
        {
            return null;
        }

        // A server that does not answer may only be busy. In that case only its successor is a reason to leave it.
        return chosen.Succeeds(current) || servers.Any(server => server.EndPoint.Equals(current.EndPoint)) ? chosen : null;
    }
}
