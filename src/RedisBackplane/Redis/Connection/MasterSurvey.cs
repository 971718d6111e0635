using System.Globalization;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>Finds out which servers are masters, and which of several masters is the newer one. Thread-safe.</summary>
/// <param name="epochKey">The Redis key that contains when the farm recognised a server.</param>
/// <param name="database">The database that contains this key.</param>
internal sealed class MasterSurvey(RedisKey epochKey, int database, TimeProvider time)
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(500);

    /// <summary>Queries all servers that a connection knows.</summary>
    public async Task<Answers> AskAsync(IConnectionMultiplexer connection)
    {
        // If nothing else decides, the first one counts: the choice of Sentinel, or the first of the list.
        var asked = Array.FindAll(connection.GetServers(), static server => server.IsConnected);
        var answers = await Task.WhenAll(asked.Select(AskAsync)).ConfigureAwait(false);
        MasterCandidate[] found = [.. answers.OfType<MasterCandidate>()];
        if (found.Count(static server => server.IsMaster) > 1)
        {
            var ages = await Task.WhenAll(found.Select(server => RecognizedAtAsync(connection, server))).ConfigureAwait(false);
            found = [.. found.Zip(ages, static (server, age) => server with { RecognizedAt = age })];
        }

        return new Answers(found, found.Length == asked.Length);
    }

    private async Task<MasterCandidate?> AskAsync(IServer server)
    {
        try
        {
            var info = await InTimeAsync(ReplicationOfAsync(server)).ConfigureAwait(false);
            return info is null ? null : MasterCandidate.From(server.EndPoint, (string?)info ?? string.Empty);
        }
        catch (Exception exception) when (exception is RedisServerException or RedisCommandException)
        {
            // The user lacks the right to INFO, or the application has switched the commands off. The client library
            // has other ways to find the role.
            return new MasterCandidate(server.EndPoint, !server.IsReplica, string.Empty, string.Empty, 0);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static async Task<RedisResult> ReplicationOfAsync(IServer server)
    {
        try
        {
            return await server.ExecuteAsync("INFO", "replication").ConfigureAwait(false);
        }
        catch (RedisCommandException)
        {
            // The connection is the application's, and has no AllowAdmin.
            return await server.ExecuteAsync("EVAL", ReplicationScript.Text, 0).ConfigureAwait(false);
        }
    }

    private async Task<long> RecognizedAtAsync(IConnectionMultiplexer connection, MasterCandidate server)
    {
        try
        {
            var call = connection.GetServer(server.EndPoint).ExecuteAsync(database, "GET", [epochKey]);
            var epoch = (string?)await InTimeAsync(call).ConfigureAwait(false);
            var stamp = epoch?.Substring(epoch.LastIndexOf(':') + 1);
            return long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) ? microseconds : 0;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            return 0;
        }
    }

    // A server that is stopped accepts calls but answers none.
    private async Task<RedisResult?> InTimeAsync(Task<RedisResult> call) =>
        await call.EndsWithin(AnswerWithin, time).ConfigureAwait(false) ? await call.ConfigureAwait(false) : null;

    /// <summary>The answers of the servers.</summary>
    /// <param name="Servers">The servers that answered in time.</param>
    /// <param name="AreComplete">Whether every server that has a connection answered.</param>
    internal readonly record struct Answers(IReadOnlyCollection<MasterCandidate> Servers, bool AreComplete);
}
