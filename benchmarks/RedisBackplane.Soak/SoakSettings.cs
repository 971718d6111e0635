using System.Globalization;

namespace RedisBackplane.Soak;

/// <summary>What to run.</summary>
internal sealed record SoakSettings
{
    public const string Usage = """
        Usage: RedisBackplane.Soak [--minutes 10] [--rate 5000] [--publishers 2] [--subscribers 3] [--size 20] [--seed N]

          --minutes      how long faults come
          --rate         messages per second of all publishers together
          --publishers   servers that publish
          --subscribers  servers with a subscriber
          --size         characters of a message, at least
          --seed         repeats the faults of another run; printed at the start

        It needs redis-server on PATH. It ends with 1 if a message was lost, duplicated or out of order, a publish failed or hung, an
        exception was not observed, or the heap grew. At the end it waits up to four minutes for pools to release the memory of
        the last outages.
        """;

    public double Minutes { get; init; } = 10;

    public double Rate { get; init; } = 5000;

    public int Publishers { get; init; } = 2;

    public int Subscribers { get; init; } = 3;

    public int Size { get; init; } = 20;

    public int Seed { get; init; } = Environment.TickCount & 0xFFFFFF;

    /// <summary>Room for the messages of one publisher, with some to spare for the time without faults.</summary>
    public int ExpectedMessages => (int)(Rate / Publishers * ((Minutes * 60) + 420));

    public static bool TryParse(string[] args, out SoakSettings settings)
    {
        settings = new SoakSettings();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length
                || !double.TryParse(args[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                || value < 0)
            {
                return false;
            }

            switch (args[i])
            {
                case "--minutes":
                    settings = settings with { Minutes = value };
                    break;
                case "--rate":
                    settings = settings with { Rate = value };
                    break;
                case "--publishers":
                    settings = settings with { Publishers = Math.Max(1, (int)value) };
                    break;
                case "--subscribers":
                    settings = settings with { Subscribers = Math.Max(1, (int)value) };
                    break;
                case "--size":
                    settings = settings with { Size = (int)value };
                    break;
                case "--seed":
                    settings = settings with { Seed = (int)value };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
