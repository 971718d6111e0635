namespace RedisBackplane.Scaling.Interests;

/// <summary>What to compare.</summary>
internal sealed record InterestSettings
{
    public const string Command = "interests";
    public const string Usage = "RedisBackplane.Scaling interests [--servers 2,8,32] [--sizes 100,1000] [--batches 64,8] [--rate 10000] "
        + "[--seconds 3] [--keys 1000]";

    /// <summary>
    /// The percentage of messages for every server. Each of the others concerns one key of one server.
    /// </summary>
    public const int BroadcastPercent = 5;

    /// <summary>Servers of the farm, all in this process.</summary>
    public int[] Servers { get; init; } = [2, 8, 32];

    /// <summary>Bytes of a message's value.</summary>
    public int[] Sizes { get; init; } = [100, 1000];

    /// <summary>Messages in each batch.</summary>
    public int[] Batches { get; init; } = [64, 8];

    /// <summary>Messages per second of the whole farm while CPU and bytes are measured.</summary>
    public int Rate { get; init; } = 10_000;

    /// <summary>The duration of that; the run at full speed takes half as long.</summary>
    public int Seconds { get; init; } = 3;

    /// <summary>Keys that the clients of one server listen to.</summary>
    public int Keys { get; init; } = 1000;

    public static bool TryParse(string[] args, out InterestSettings settings)
    {
        settings = new InterestSettings();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !ScalingSettings.TryParseNumbers(args[i + 1], 1, out var numbers))
            {
                return false;
            }

            var changed = args[i] switch
            {
                "--servers" => settings with { Servers = numbers },
                "--sizes" => settings with { Sizes = numbers },
                "--batches" => settings with { Batches = numbers },
                "--rate" => settings with { Rate = numbers[0] },
                "--seconds" => settings with { Seconds = numbers[0] },
                "--keys" => settings with { Keys = numbers[0] },
                _ => null,
            };
            if (changed is null)
            {
                return false;
            }

            settings = changed;
        }

        return true;
    }
}
