using System.Globalization;

namespace RedisBackplane.Scaling;

/// <summary>What to measure.</summary>
internal sealed record ScalingSettings
{
    public const string Usage = "RedisBackplane.Scaling [--servers 2,8,32] [--streams 1,2,4] [--masters 0,1,3] [--seconds 3] "
        + "[--size 100] [--in-flight 2048] [--connections 20000]\n" + Interests.InterestSettings.Usage;

    /// <summary>Servers of the farm, all in this process.</summary>
    public int[] Servers { get; init; } = [2, 8, 32];

    /// <summary>Streams of the farm.</summary>
    public int[] Streams { get; init; } = [1, 2, 4];

    /// <summary>Where they are. 0: each on its own Redis; 1: all on one; 3: on the masters of a cluster.</summary>
    public int[] Masters { get; init; } = [0, 1, ScalingRedis.ClusterMasters];

    public int Seconds { get; init; } = 3;

    /// <summary>Bytes of a message's value.</summary>
    public int Size { get; init; } = 100;

    /// <summary>Messages in flight, of all senders together.</summary>
    public int InFlight { get; init; } = 2048;

    /// <summary>Idle connections, to measure the cost of one.</summary>
    public int Connections { get; init; } = 20_000;

    public static bool TryParse(string[] args, out ScalingSettings settings)
    {
        settings = new ScalingSettings();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !TryParseNumbers(args[i + 1], args[i] == "--masters" ? 0 : 1, out var numbers))
            {
                return false;
            }

            switch (args[i])
            {
                case "--servers":
                    settings = settings with { Servers = numbers };
                    break;
                case "--streams":
                    settings = settings with { Streams = numbers };
                    break;
                case "--masters" when numbers.All(number => number is 0 or 1 or ScalingRedis.ClusterMasters):
                    settings = settings with { Masters = numbers };
                    break;
                case "--seconds":
                    settings = settings with { Seconds = numbers[0] };
                    break;
                case "--size":
                    settings = settings with { Size = numbers[0] };
                    break;
                case "--in-flight":
                    settings = settings with { InFlight = numbers[0] };
                    break;
                case "--connections":
                    settings = settings with { Connections = numbers[0] };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    internal static bool TryParseNumbers(string text, int least, out int[] numbers)
    {
        var parsed = new List<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least)
            {
                numbers = [];
                return false;
            }

            parsed.Add(number);
        }

        numbers = [.. parsed];
        return true;
    }
}
