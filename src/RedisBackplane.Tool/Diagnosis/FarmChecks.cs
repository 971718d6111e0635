using System.Globalization;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Histories;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Checks what Redis contains of the farm.</summary>
internal static class FarmChecks
{
    public static async Task<Finding> Counter(Patient patient)
    {
        const string Check = "counter";
        try
        {
            var text = (string?)await patient.Database.StringGetAsync(patient.Farm.Names.Counter);
            return text switch
            {
                null => Finding.Good(Check, "not set: no message was sent yet, or another Redis has taken over since"),
                _ when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id <= RedisHistory.HighestId =>
                    Finding.Good(Check, text),
                _ => Finding.Bad(Check, $"'{text}' is not an id", $"Somebody else wrote to {patient.Farm.Names.Counter}. The next "
                    + "message replaces it: ids restart above all that were assigned before."),
            };
        }
        catch (RedisServerException exception)
        {
            return Finding.Bad(Check, exception.Message, $"Look at the key {patient.Farm.Names.Counter}: if it has another type, delete "
                + "it. If the right is missing, docs/security.md has the rule.");
        }
    }

    public static async Task<Finding> History(Patient patient)
    {
        const string Check = "history";
        try
        {
            var summary = await new KeptHistory(patient.Database, patient.Farm.Names).SummarizeAsync();
            return Finding.Good(Check, summary.ToString());
        }
        catch (RedisServerException exception)
        {
            return Finding.Unknown(Check, exception.Message);
        }
    }

    public static async Task<Finding> Servers(Patient patient)
    {
        const string Check = "servers";
        try
        {
            var isSharded = await patient.Database.StringGetAsync(patient.Farm.Names.ChannelKind) == RedisNames.ShardedKind;
            var counts = await patient.Server.ExecuteAsync(
                "PUBSUB", isSharded ? "SHARDNUMSUB" : "NUMSUB", (string)patient.Farm.Names.Channel!);
            var count = (long)counts[1];
            var layout = await FarmLayout.ReadAsync(patient.Database, patient.Farm);
            return count > 0
                ? Finding.Good(
                    Check,
                    $"{count} listen to {patient.Farm.Names.Channel}; {layout.Servers} are registered, streams: {layout.Streams}")
                : Finding.Better(
                    Check, $"nobody listens to {patient.Farm.Names.Channel}", "If servers should be running: do they have this AppName, "
                        + "this Redis and this database?");
        }
        catch (RedisServerException exception)
        {
            return Finding.Unknown(Check, exception.Message);
        }
    }
}
