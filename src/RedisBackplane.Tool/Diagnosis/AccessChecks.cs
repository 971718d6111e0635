using RedisBackplane.Redis.Scripts;
using RedisBackplane.Tool.Histories;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Whether the user may do what the bus does. Nothing is written, and nothing reaches a server of the farm.</summary>
internal static class AccessChecks
{
    private const string Rule = "docs/security.md has the ACL rule that the bus needs.";

    public static async Task<Finding> Scripts(Patient patient)
    {
        const string Check = "scripts and keys";
        var names = patient.Farm.Names;
        try
        {
            // For real: it reads the counter, and a page of no bytes of the history.
            await patient.Database.ScriptEvaluateAsync(
                ReadHistoryScript.Text,
                new ReadHistoryScript.Keys
                {
                    Counter = names.Counter, History = names.History, OlderHistory = names.OlderHistory,
                }.InOrder(),
                new ReadHistoryScript.Arguments { After = 0, Entries = 1, Bytes = 0, IsSorted = false }.InOrder());
            return Finding.Good(Check, "EVAL may read the farm's keys");
        }
        catch (RedisServerException exception)
        {
            return Finding.Bad(Check, exception.Message, "The bus gives ids and keeps its history in scripts. " + Rule);
        }
    }

    public static async Task<Finding> Streams(Patient patient)
    {
        const string Check = "keeping the history";
        try
        {
            await patient.Database.StreamRangeAsync(patient.Farm.Names.History, "-", "+", 1);
            return Finding.Good(Check, "Redis Streams are there to keep it in");
        }
        catch (RedisServerException exception) when (KeptHistory.IsUnknownCommand(exception))
        {
            return await SortedSets(patient, Check);
        }
        catch (RedisServerException exception)
        {
            return Finding.Bad(Check, exception.Message, "Without it, what is sent while a server is cut off is lost to it. "
                + Rule);
        }
    }

    private static async Task<Finding> SortedSets(Patient patient, string check)
    {
        try
        {
            await patient.Database.SortedSetRangeByScoreAsync(patient.Farm.Names.SortedHistory, take: 1);
            return Finding.Good(check, "there are no Redis Streams; it is kept in sorted sets");
        }
        catch (RedisServerException exception)
        {
            return Finding.Bad(check, exception.Message, "Without it, what is sent while a server is cut off is lost to it. " + Rule);
        }
    }

    public static async Task<Finding> Channel(Patient patient)
    {
        const string Check = "channel";
        var channel = patient.Farm.Names.Channel;
        try
        {
            var queue = await patient.Database.Multiplexer.GetSubscriber().SubscribeAsync(channel);
            await queue.UnsubscribeAsync();
            return Finding.Good(Check, $"SUBSCRIBE {channel} is allowed");
        }
        catch (RedisServerException exception)
        {
            return Finding.Bad(Check, exception.Message, "The servers hear each other on this channel. " + Rule);
        }
    }

    public static async Task<Finding> Writing(Patient patient)
    {
        const string Check = "writing and publishing";
        var names = patient.Farm.Names;
        try
        {
            var user = (string?)await patient.Database.ExecuteAsync("ACL", "WHOAMI") ?? "default";
            (string Right, object[] Command)[] needs =
            [
                ("PUBLISH on the channel", ["DRYRUN", user, "PUBLISH", (string)names.Channel!, "x"]),
                ("SET of the counter", ["DRYRUN", user, "SET", (string)names.Counter!, "1"]),
                ("XADD to the history", ["DRYRUN", user, "XADD", (string)names.History!, "*", "f", "x"]),
                ("EVAL", ["DRYRUN", user, "EVAL", "return 1", "0"]),
            ];
            foreach (var (right, command) in needs)
            {
                var reply = (string?)await patient.Database.ExecuteAsync("ACL", command);
                if (reply != "OK")
                {
                    return Finding.Bad(Check, $"user '{user}' lacks {right}: {reply}", Rule);
                }
            }

            return Finding.Good(Check, $"user '{user}' may");
        }
        catch (RedisServerException exception)
        {
            return Finding.Unknown(Check, $"not tried, since a trial would reach the servers; ACL DRYRUN, which needs Redis 7 and an "
                + $"administrator, says: {exception.Message}");
        }
    }
}
