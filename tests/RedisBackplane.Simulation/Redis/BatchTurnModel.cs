using System.Globalization;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// Does what <c>fence.lua</c> and <c>batch_turn.lua</c> do, on a modelled Redis: they refuse a batch of another epoch,
/// and one that is out of turn.
/// </summary>
internal static partial class BatchTurnModel
{
    [GeneratedRegex("^[A-Za-z0-9]+")]
    private static partial Regex FirstPart { get; }

    /// <returns>
    /// The reply if the script ends here, or else the number of the last batch that is stored for the publisher.
    /// </returns>
    public static (RedisValue[]? Reply, long Stored) Check(Keyspace db, IScriptHost host, ScriptInputs inputs)
    {
        if (IsElsewhere(host, inputs))
        {
            Disown(db, inputs);
            return ([4, 0], 0);
        }

        if (IsOver(db, inputs))
        {
            return ([4, 0], 0);
        }

        var (number, publisherKey) = (inputs.Number("number"), inputs.Key("publisherKey"));
        var stored = StoredBefore(db, publisherKey);
        if (stored < inputs.Number("claim"))
        {
            return ([3, stored], stored);
        }

        if (inputs.Number("count") == 0 && number == 0)
        {
            return ([2, 0], stored);
        }

        if (number <= stored)
        {
            db.Set(publisherKey, stored, inputs.Number("publisherTtl"));
            return ([2, 0], stored);
        }

        var isInTurn = number == stored + 1 || number == inputs.Number("oldest");
        return (inputs.Number("count") > 0 && isInTurn ? null : [0, stored], stored);
    }

    private static bool IsElsewhere(IScriptHost host, ScriptInputs inputs) =>
        inputs.Flag("isUnproven")
        && inputs.Text("epoch") is { Length: > 0 } epoch
        && !epoch.StartsWith(host.RunId + ":", StringComparison.Ordinal);

    // The text that was refused is known by its hash from now on.
    private static void Disown(Keyspace db, ScriptInputs inputs)
    {
        var (serverKey, epoch) = (inputs.Key("serverKey"), inputs.Text("epoch"));
        if (db.IsString(serverKey) && db.GetText(serverKey) == epoch)
        {
            db.Set(serverKey, FirstPart.Replace(epoch, "unrecognised"));
        }
        else if (!db.Has(serverKey))
        {
            db.Set(serverKey, "unrecognised");
        }
    }

    private static bool IsOver(Keyspace db, ScriptInputs inputs) =>
        inputs.Text("epoch") is { Length: > 0 } epoch
        && inputs.Key("serverKey") is var serverKey
        && db.IsString(serverKey)
        && db.GetText(serverKey) != epoch;

    private static long StoredBefore(Keyspace db, string publisherKey)
    {
        try
        {
            var text = db.GetText(publisherKey);
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number <= HistoryModel.HighestId
                && number.ToString(CultureInfo.InvariantCulture) == text
                    ? number
                    : 0;
        }
        catch (RedisServerException exception) when (Keyspace.IsWrongType(exception))
        {
            return 0;
        }
    }
}
