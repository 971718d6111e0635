using RedisBackplane.Redis.Stream;

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
        var channel = patient.Farm.Names.Channel;
        try
        {
            var queue = await patient.Database.Multiplexer.GetSubscriber().SubscribeAsync(channel);
            await queue.UnsubscribeAsync();
            return Finding.Good($"SUBSCRIBE {channel} is allowed");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Bad(exception.Message, "The servers receive each other's messages on this channel. " + Rule);
        }
    }

    public static async Task<Finding> Writing(Patient patient)
    {
        var names = patient.Farm.Names;
        try
        {
            var user = (string?)await patient.Database.ExecuteAsync("ACL", "WHOAMI") ?? "default";
            (string Right, object[] Command)[] needs =
            [
                ("PUBLISH on the channel", ["DRYRUN", user, "PUBLISH", (string)names.Channel!, "x"]),
                ("SET of the counter", ["DRYRUN", user, "SET", (string)names.Counter!, "1"]),
                ("SETRANGE of the history", ["DRYRUN", user, "SETRANGE", (string)names.Segment(1)!, "0", "x"]),
                ("EVAL", ["DRYRUN", user, "EVAL", "return 1", "0"]),
            ];
            foreach (var (right, command) in needs)
            {
                var reply = (string?)await patient.Database.ExecuteAsync("ACL", command);
                if (reply != "OK")
                {
                    return Finding.Bad($"user '{user}' lacks {right}: {reply}", Rule);
                }
            }

            return Finding.Good($"user '{user}' is allowed to");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Unknown($"not tried, because a test message would reach the servers; ACL DRYRUN, which needs Redis 7 and "
                + $"an administrator, answered: {exception.Message}");
        }
    }
}
