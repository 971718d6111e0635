using System.Globalization;
using RedisBackplane.LastMile.Clients;

namespace RedisBackplane.LastMile;

/// <summary>What is measured, and for how long.</summary>
internal sealed record Settings(int Connections, int Rounds, TimeSpan Duration, string[] Variants, string[] Rows)
{
    /// <summary>The row of new connections.</summary>
    public const string Connect = "connect";

    /// <summary>The row of idle connections.</summary>
    public const string Idle = "idle";

    /// <summary>The row of what idle connections cost in a second, with the signs of life that they get.</summary>
    public const string KeepAlive = "keep-alive";

    /// <summary>The file for the results as JSON, with every round; none if it is null.</summary>
    public string? Output { get; init; }

    /// <summary>How many seconds a row may run before it is measured.</summary>
    public int LongestWarmUp { get; init; } = 20;

    /// <summary>The transport of the classic connections.</summary>
    public string Transport { get; init; } = ClassicProtocol.WebSockets;

    public const string Usage =
        "usage: LastMile [--connections 1000] [--rounds 3] [--seconds 5] [--variants ours,stock,aspnetcore] [--rows call,caller,…] "
        + "[--warmup 20] [--out results.json] [--transport webSockets|serverSentEvents|longPolling]\n"
        + "variants: ours; stock (SignalR's own dispatcher and transports in the same host); aspnetcore (ASP.NET Core SignalR)\n"
        + "rows: connect, idle, keep-alive, and those of Row.All; all of them if none are named";

    public static bool TryParse(string[] args, out Settings settings)
    {
        settings = new Settings(1000, 3, TimeSpan.FromSeconds(5), ["ours", "aspnetcore"], []);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                return false;
            }

            var value = args[i + 1];
            switch (args[i])
            {
                case "--connections":
                    settings = settings with { Connections = Number(value) };
                    break;
                case "--rounds":
                    settings = settings with { Rounds = Number(value) };
                    break;
                case "--seconds":
                    settings = settings with { Duration = TimeSpan.FromSeconds(Number(value)) };
                    break;
                case "--variants":
                    settings = settings with { Variants = value.Split(',') };
                    break;
                case "--out":
                    settings = settings with { Output = value };
                    break;
                case "--warmup":
                    settings = settings with { LongestWarmUp = Number(value) };
                    break;
                case "--transport":
                    settings = settings with { Transport = value };
                    break;
                case "--rows":
                    settings = settings with { Rows = value.Split(',') };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    public bool WantsIdle => Wants(Idle) || Wants(KeepAlive);

    public bool WantsRows => Row.All.Any(row => Wants(row.Name));

    public bool Wants(string row) => Rows.Length == 0 || Rows.Contains(row);

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
