using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Farms;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>
/// Checks whether the user has the rights that the bus needs. Nothing is written, and nothing reaches a server of the
/// farm.
/// </summary>
internal static class AccessChecks
{
    public const string Rule = "docs/security.md has the ACL rule that the bus needs.";

    public static async Task<Finding> Scripts(Patient patient)
    {
        try
        {
            await patient.Database.ScriptEvaluateAsync("return redis.call('GET', KEYS[1])", [patient.Farm.Names.ChannelKind]);
            return Finding.Good("EVAL may read the farm's keys");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Bad(exception.Message, "The bus gives ids and writes its history in scripts. " + Rule);
        }
    }

    public static async Task<Finding> KeepingTheHistory(Patient patient)
    {
        try
        {
            var state = await patient.Database.StringGetRangeAsync(patient.Farm.Names.Log, 0, -1);
            return HistoryLayout.ReadState(state) is null && state.Length() > 0
                ? Finding.Bad(
                    $"{patient.Farm.Names.Log} has another type", "Another program wrote to it. The next message repairs it.")
                : Finding.Good("ranges of strings can be read");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Bad(exception.Message, "Without it, a server that is cut off loses what is sent meanwhile. " + Rule);
        }
    }

    public static async Task<Finding> Channel(Patient patient)
    {
        var connection = patient.Database.Multiplexer;
        try
        {
            var allowed = new List<string>();
            foreach (var channel in await patient.Farm.FindChannelsAsync(connection))
            {
                var queue = await connection.GetSubscriber().SubscribeAsync(channel);
                await queue.UnsubscribeAsync();
                allowed.Add(channel.IsSharded ? $"SSUBSCRIBE {channel} is allowed" : $"SUBSCRIBE {channel} is allowed");
            }

            return Finding.Good(string.Join("; ", allowed));
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Bad(exception.Message, "The servers receive each other's messages on this channel. " + Rule);
        }
    }

    public static async Task<Finding> Writing(Patient patient)
    {
        try
        {
            // Each server of a cluster has users of its own.
            var user = (string?)await patient.Server.ExecuteAsync("ACL", "WHOAMI") ?? "default";
            var layout = await FarmLayout.ReadAsync(patient.Database, patient.Farm);
            var channels = await patient.Farm.FindChannelsAsync(patient.Database.Multiplexer);
            var (lacking, why) = (new List<string>(), string.Empty);
            foreach (var command in BusCommands.Of(patient.Farm, layout.Streams, channels, patient.IsInCluster))
            {
                var reply = (string?)await patient.Server.ExecuteAsync("ACL", ["DRYRUN", user, .. command]);
                if (reply != "OK")
                {
                    why = lacking.Count == 0 ? reply : why;
                    lacking.Add(BusCommands.NameOf(command));
                }
            }

            var found = $"user '{user}' lacks {string.Join(", ", lacking.Distinct())}: {why}";
            return lacking switch
            {
                [] => Finding.Good($"user '{user}' is allowed to"),
                _ when lacking.All(BusCommands.IsDispensable) => Finding.Better(found, "The bus can do without one of them. " + Rule),
                _ => Finding.Bad(found, Rule),
            };
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Unknown($"not tried, because a test message would reach the servers; ACL DRYRUN, which needs Redis 7 and "
                + $"an administrator, answered: {exception.Message}");
        }
    }
}
