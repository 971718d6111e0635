using System.Diagnostics;
using System.Globalization;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Farms;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Sending;

/// <summary>
/// Finds out whether a farm has servers of Microsoft.AspNet.SignalR.StackExchangeRedis, "the older package"
/// (docs/migration.md). They cannot read the current format. The counter that it begins may be above the ids that they
/// can write; the first server with <see cref="WireFormat.Legacy"/> would then make them use it.
/// </summary>
internal static class OlderPackage
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends the command if Redis has a key of such servers, or of those that write for them.</summary>
    /// <exception cref="ToolException">It has, or there is no Redis within the time.</exception>
    public static async Task RefuseAsync(FarmAddress farm, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(farm, timeout, cancellationToken);
        var keys = await FindKeysAsync(farm, connection.GetDatabase(farm.Database));
        if (keys.Count > 0)
        {
            throw new ToolException(
                $"Nothing was sent: the farm '{farm.AppName}' has or had servers of Microsoft.AspNet.SignalR.StackExchangeRedis, which "
                + "cannot read what send writes. With --legacy it writes what they and all other servers can read. If none of them is "
                + $"left, and no server with WireFormat.Legacy, delete {string.Join(" and ", keys)} in Redis.");
        }
    }

    // A bus would write on its first connection, so there is none before the keys are known.
    private static async Task<ConnectionMultiplexer> ConnectAsync(
        FarmAddress farm, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await farm.ConnectAsync(timeout);
            }
            catch (ToolException exception) when (Stopwatch.GetElapsedTime(begun) + BetweenAttempts > timeout)
            {
                throw HubSender.Unreached(farm, timeout, exception.InnerException?.Message);
            }
            catch (ToolException)
            {
                await Task.Delay(BetweenAttempts, cancellationToken);
            }
        }
    }

    private static async Task<List<RedisKey>> FindKeysAsync(FarmAddress farm, IDatabase database)
    {
        var names = StreamFormats.Of(WireFormat.Legacy).NamesOf(farm.AppName, farm.Database, stream: 0);
        var keys = new List<RedisKey>();
        if (names.OtherCounter is { } counter
            && double.TryParse(await ReadAsync(database, counter), NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            keys.Add(counter);
        }

        // A server with WireFormat.Legacy writes it when it connects.
        var legacyServer = names.Key("server:legacy");
        if (await ReadAsync(database, legacyServer) is not null)
        {
            keys.Add(legacyServer);
        }

        return keys;
    }

    private static async Task<string?> ReadAsync(IDatabase database, RedisKey key)
    {
        try
        {
            return await database.StringGetAsync(key);
        }
        catch (RedisServerException exception) when (IsAboutTheKey(exception.Message))
        {
            // The user lacks the right to it, or the application has one of that name, of another type.
            return null;
        }
    }

    private static bool IsAboutTheKey(string refusal) =>
        refusal.StartsWith("NOPERM", StringComparison.Ordinal) || refusal.StartsWith("WRONGTYPE", StringComparison.Ordinal);
}
