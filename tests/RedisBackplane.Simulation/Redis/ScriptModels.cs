using System.Globalization;
using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Simulation.Redis;

/// <summary>A model for each script of the library, found by its text or hash.</summary>
internal static class ScriptModels
{
    private static readonly (string Name, string Text, ScriptInputs.Names Inputs, Model Run)[] All =
    [
        ("publish", PublishScript.Text, new("publish.lua"), PublishModel.Run),
        ("recognize", RecognizeScript.Text, new("recognize.lua"), Recognize),
        ("join_farm", JoinFarmScript.Text, new("join_farm.lua"), JoinFarm),
    ];

    public delegate RedisValue[] Model(Keyspace db, IScriptHost host, ScriptInputs inputs);

    /// <summary>Finds out which script a text is. The text that follows the script is ignored.</summary>
    public static (string Name, ScriptInputs.Names Inputs, Model Run) Find(string text) =>
        Array.Find(All, model => text.StartsWith(model.Text, StringComparison.Ordinal)) is { Name: not null } found
            ? (found.Name, found.Inputs, found.Run)
            : throw new NotSupportedException("No model: " + text.Split('\n')[0]);

    /// <summary>The id at which the ids ended before an epoch. The name of the epoch contains it.</summary>
    public static long EndedBefore(string epoch) => epoch.Split(':') is [_, var ended, _, ..] ? Number(ended) : 0;

    private static RedisValue[] Recognize(Keyspace db, IScriptHost host, ScriptInputs inputs)
    {
        var (counterKey, serverKey, kindKey) = (inputs.Key("counterKey"), inputs.Key("serverKey"), inputs.Key("channelKindKey"));
        string? kind = null;
        try
        {
            kind = db.GetText(kindKey);
        }
        catch (RedisServerException)
        {
            // A key of another type: replaced.
        }

        if (kind is not ("sharded" or "plain"))
        {
            kind = inputs.Flag("wantsSharded") && host.HasSharded ? "sharded" : "plain";
            db.Set(kindKey, kind);
        }

        RedisValue sharded = kind == "sharded" ? 1 : 0;
        RedisValue can = host.HasSharded ? 1 : 0;
        var known = db.IsString(serverKey) ? db.GetText(serverKey)! : string.Empty;
        double? last = db.IsString(counterKey)
            && double.TryParse(db.GetText(counterKey), CultureInfo.InvariantCulture, out var id) ? id : null;
        if (known.StartsWith(host.RunId + ":", StringComparison.Ordinal))
        {
            var floor = inputs.Number("floor");
            var isAbove = last < floor && floor < host.Microseconds && db.Delete(counterKey);
            return [isAbove ? 1 : 0, sharded, can, known, 1];
        }

        var ended = !db.IsString(counterKey) ? EndedBefore(known) : last is >= 0 and <= HistoryModel.HighestId ? (long)last : 0;
        var before = known.LastIndexOf(':') is var at and >= 0 && known[(at + 1)..] is { Length: > 0 } stamp && stamp.All(char.IsAsciiDigit)
            ? stamp
            : "0";
        var epoch = string.Create(CultureInfo.InvariantCulture, $"{host.RunId}:{ended}:{before}:{host.Microseconds}");
        RedisValue begun = known != host.RunId && db.TimeToLive(counterKey) != -2 && db.Delete(counterKey) ? 1 : 0;
        db.Set(serverKey, epoch);
        return [begun, sharded, can, epoch, 1];
    }

    private static RedisValue[] JoinFarm(Keyspace db, IScriptHost host, ScriptInputs inputs)
    {
        const long LongestMemory = 30L * 24 * 3600 * 1000;
        var (farmKey, id, place) = (inputs.Key("farmKey"), inputs.Text("id"), inputs.Text("place"));
        var (sends, reads) = (inputs.Number("sends"), inputs.Number("reads"));
        var (alive, remember) = (inputs.Number("alive"), inputs.Number("remember"));
        var text = string.Empty;
        try
        {
            text = db.GetText(farmKey) ?? string.Empty;
        }
        catch (RedisServerException)
        {
            // Damaged: overwritten.
        }

        var now = host.Microseconds / 1000;
        var (widest, narrowest, stranger) = (sends, 64L, string.Empty);
        var lines = new List<string>();
        var gone = new SortedDictionary<long, long>();
        void RememberGone(long streams, long last) => gone[streams] = Math.Max(gone.GetValueOrDefault(streams), last);

        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ');
            var (otherId, s, r, otherPlace, last) = (parts[0], Number(parts[1]), Number(parts[2]), parts[3], Number(parts[4]));
            last = otherId == "-" ? Math.Min(last, now + LongestMemory) : alive > 0 ? Math.Min(last, now + alive) : last;
            if (s is < 1 or > 64 || otherId == id)
            {
                continue;
            }

            if (otherId == "-")
            {
                if (last > now)
                {
                    RememberGone(s, last);
                    widest = Math.Max(widest, s);
                }
            }
            else if (last > now)
            {
                lines.Add($"{otherId} {s} {r} {otherPlace} {last}\n");
                widest = Math.Max(widest, s);
                narrowest = r > 0 ? Math.Min(narrowest, r) : narrowest;
                stranger = otherPlace != place ? otherPlace : stranger;
            }
            else
            {
                RememberGone(s, now + remember);
                widest = Math.Max(widest, s);
            }
        }

        if (alive == 0)
        {
            RememberGone(sends, now + remember);
        }
        else if (stranger.Length == 0)
        {
            lines.Add($"{id} {sends} {reads} {place} {now + alive}\n");
        }

        lines.AddRange(gone.Select(static pair => $"- {pair.Key} 0 - {pair.Value}\n"));
        db.Set(farmKey, string.Concat(lines), alive + remember);
        return [widest, narrowest, stranger];
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
