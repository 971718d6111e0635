using System.Globalization;

namespace RedisBackplane.LastMile.Soak;

/// <summary>What to run.</summary>
internal sealed record SoakSettings
{
    public const string Usage = """
        usage: LastMile soak [--minutes 10] [--steady 30] [--roaming 30] [--rate 100] [--seed N] [--transport webSockets|…]

          --minutes   how long connections come and go
          --steady    connections that stay, over all three transports
          --roaming   connections at a time that come, break, come back at another server, and leave
          --rate      broadcasts per second
          --seed      repeats the choices of another run; printed at the start
          --transport only this one: webSockets, serverSentEvents or longPolling

        It needs redis-server on the path. It ends with 1 if a connection missed a message, got one twice, or failed, or if a server's
        heap, threads or handles grew.
        """;

    public double Minutes { get; init; } = 10;

    public int Steady { get; init; } = 30;

    public int Roaming { get; init; } = 30;

    public int Rate { get; init; } = 100;

    public string[] Transports { get; init; } = ["webSockets", "serverSentEvents", "longPolling"];

    public int Seed { get; init; } = Environment.TickCount & 0xFFFFFF;

    public static bool TryParse(string[] args, out SoakSettings settings)
    {
        settings = new SoakSettings();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 < args.Length && args[i] == "--transport")
            {
                settings = settings with { Transports = [args[i + 1]] };
                continue;
            }

            if (i + 1 == args.Length
                || !double.TryParse(args[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                || value < 0)
            {
                return false;
            }

            var number = (int)value;
            SoakSettings? next = args[i] switch
            {
                "--minutes" => settings with { Minutes = value },
                "--steady" => settings with { Steady = number },
                "--roaming" => settings with { Roaming = number },
                "--rate" => settings with { Rate = number },
                "--seed" => settings with { Seed = number },
                _ => null,
            };
            if (next is null)
            {
                return false;
            }

            settings = next;
        }

        return true;
    }
}
