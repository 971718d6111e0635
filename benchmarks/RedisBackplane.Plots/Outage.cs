using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using RedisBackplane.FaultHarness;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.Plots;

/// <summary>
/// What a subscriber receives while its server is cut off from Redis and after it: nothing, then what it missed from
/// the history, then live messages. In steps of a tenth of a second.
/// </summary>
/// <param name="Sent">Messages that were published in each step.</param>
/// <param name="Delivered">Messages that the subscriber received in each step.</param>
/// <param name="CutAt">The step in which the connections of its server were cut, and new ones refused.</param>
/// <param name="OpenedAt">The step in which new connections were accepted.</param>
/// <param name="Lost">Messages that were acknowledged and never received.</param>
internal sealed record Outage(int[] Sent, int[] Delivered, int CutAt, int OpenedAt, int Lost)
{
    public const string FileName = "outage.json";

    private const double Width = 880;
    private const double Height = 330;
    private const double Left = 70;
    private const double Right = 20;
    private const double Top = 95;
    private const double Bottom = 45;
    private const int PerSecond = 1000;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(4);
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = false };

    public static Outage Read(string file) => JsonSerializer.Deserialize<Outage>(File.ReadAllText(file))!;

    public static async Task MeasureAsync(string file)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        using var publishing = new FaultServer("publishing", options => Configure(options, redis.EndPoint));
        using var receiving = new FaultServer("receiving", options => Configure(options, proxy.EndPoint));
        await publishing.ConnectedAsync();
        await receiving.ConnectedAsync();

        var ledger = new Ledger();
        var account = new SubscriberAccount("subscriber");
        using var subscriber = new LoadSubscriber(receiving.Bus, account.Delivered);
        await using var publisher = new LoadPublisher(publishing.Bus, ledger, PerSecond);
        await Task.Delay(WarmUp);
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(Before);
        proxy.RefuseNew();
        proxy.CutAll();
        var cutAt = StepOf(Stopwatch.GetTimestamp());
        await Task.Delay(Cut);
        proxy.AcceptNew();
        var openedAt = StepOf(Stopwatch.GetTimestamp());
        await Task.Delay(After);
        await publisher.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));

        var steps = (int)((Before + Cut + After) / Step);
        var deliveries = account.Snapshot();
        var sent = Enumerable.Range(0, publisher.Account.Count).Select(number => publisher.Account[number].SentAt);
        var outage = new Outage(
            Count(sent, steps),
            Count(deliveries.Select(delivery => delivery.At), steps),
            cutAt,
            openedAt,
            publisher.Account.Count - deliveries.Select(delivery => delivery.Number).Distinct().Count());
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(outage, Json));

        int StepOf(long at) => (int)Math.Floor(Stopwatch.GetElapsedTime(begun, at) / Step);

        int[] Count(IEnumerable<long> times, int length)
        {
            var counts = new int[length];
            foreach (var step in times.Select(StepOf).Where(step => step >= 0 && step < length))
            {
                counts[step]++;
            }

            return counts;
        }
    }

    public string Draw()
    {
        var svg = new Svg();
        svg.Text(20, 30, "A server is cut off from Redis for four seconds", "title");
        svg.Text(20, 52, $"1,000 messages a second, in steps of 0.1 s. Messages lost: {Number(Lost)}.", "small");
        svg.Bar(20, 67, 13, 13, Svg.Series[1]);
        svg.Text(39, 78, "published by another server", "small");
        svg.Bar(240, 67, 13, 13, Svg.Series[0]);
        svg.Text(259, 78, "received by a client of this server", "small");

        var max = Math.Max(Sent.Max(), Delivered.Max());
        double X(double step) => Left + ((Width - Left - Right) * step / Sent.Length);
        double Share(double count) => Math.Log10(1 + count) / Math.Log10(1 + max);
        double Y(double count) => Height - Bottom - ((Height - Top - Bottom) * Share(count));

        svg.Bar(X(CutAt), Top, X(OpenedAt) - X(CutAt), Height - Top - Bottom, "shade");
        svg.Text((X(CutAt) + X(OpenedAt)) / 2, Top + 20, "cut off: nothing arrives", "small middle");
        svg.Text(X(OpenedAt + 8), Top + 20, "reads the history, then live", "small");
        for (var count = 1; count <= max; count *= 10)
        {
            svg.Rule(Left, Y(count), Width - Right, Y(count));
            svg.Text(Left - 8, Y(count) + 4, Number(count), "small right");
        }

        for (var second = 0; second <= Sent.Length / 10; second++)
        {
            svg.Text(X(second * 10), Height - Bottom + 20, $"{second} s", "small middle");
        }

        svg.Polyline(Sent.Select((count, step) => (X(step + 0.5), Y(count))), Svg.Series[1]);
        svg.Polyline(Delivered.Select((count, step) => (X(step + 0.5), Y(count))), Svg.Series[0]);
        return svg.Finish(
            Width,
            Height,
            "Another server publishes a thousand messages a second without a break. A client of the server that is cut off receives none "
            + $"for four seconds, then all of them at once from the history, then live ones again. Messages lost: {Lost}.");
    }

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static void Configure(RedisBackplaneOptions options, string endPoint)
    {
        options.AppName = "outage";
        options.ConnectionString = endPoint;
    }
}
