using System.Globalization;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Farms;
using RedisBackplane.Tool.Histories;

namespace RedisBackplane.Tool.Diagnosis;

/// <summary>Checks what Redis contains of the farm.</summary>
internal static class FarmChecks
{
    public static async Task<Finding> Counter(Patient patient)
    {
        try
        {
            var text = (string?)await patient.Database.StringGetAsync(patient.Farm.Names.Counter);
            return text switch
            {
                null => Finding.Good("not set: no message was sent yet, or another Redis has taken over since"),
                _ when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id <= RedisHistory.HighestId =>
                    Finding.Good(text),
                _ => Finding.Bad($"'{text}' is not an id", $"Somebody else wrote to {patient.Farm.Names.Counter}. The next "
                    + "message replaces it: ids restart above all that were assigned before."),
            };
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Bad(exception.Message, $"Look at the key {patient.Farm.Names.Counter}: if it has another type, delete "
                + "it. If the right is missing, docs/security.md has the rule.");
        }
    }

    public static async Task<Finding> History(Patient patient)
    {
        try
        {
            var summary = await new KeptHistory(patient.Database, patient.Farm.Names).SummarizeAsync();
            return Finding.Good(summary.ToString());
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Unknown(exception.Message);
        }
    }

    public static async Task<Finding> Servers(Patient patient)
    {
        try
        {
            var isSharded = await patient.Farm.FindChannelsAsync(patient.Database.Multiplexer) is [{ IsSharded: true }];
            var counts = await patient.Server.ExecuteAsync(
                "PUBSUB", isSharded ? "SHARDNUMSUB" : "NUMSUB", (string)patient.Farm.Names.Channel!);
            var count = (long)counts[1];
            var layout = await FarmLayout.ReadAsync(patient.Database, patient.Farm);
            return count > 0
                ? Finding.Good(
                    $"{count} listen to {patient.Farm.Names.Channel}; {layout.Servers} are registered, streams: {layout.Streams}")
                : Finding.Better(
                    $"nobody listens to {patient.Farm.Names.Channel}", "If servers should be running: do they have this AppName, "
                        + "this Redis and this database?");
        }
        catch (Exception exception) when (exception.IsRefusal())
        {
            return Finding.Unknown(exception.Message);
        }
    }
}
