#if NET // On Mono, a server cannot take as much as Redis gives: what it is to hear leaves the history first.
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace RedisBackplane.IntegrationTests.Receiving;

/// <summary>Under as much load as Redis can take, servers return from the history to the channel.</summary>
[Collection(nameof(Alone)), Trait("Runs", "alone")]
public sealed class ConvergenceTests(ITestOutputHelper output)
{
    private const int Senders = 512;

    // So long, and so many batches, during which nobody reads the history are push mode.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private const long QuietBatches = 200;

    // What a sender publishes begins with its number.
    private const int Digits = 10;

    // At any rate that Redis takes, it reaches back for more than the second in which a cut-off server is back.
    private const long HistoryBytes = 256L * 1024 * 1024;

    private readonly HashSet<int> _received = [];
    private int _sent;
    private int _twice;

    [RedisProcessTheory]
    [InlineData(100, 0)]
    [InlineData(1024, 0)]
    [InlineData(16 * 1024, null)]
    public async Task Farm_UnderSaturatingLoadFromItsFirstMessage_IsInPushModeAgainAfterEachFaultAndAccountsForEveryMessage(
        int size, int? mostLost)
    {
        await using var redis = await RedisServerProcess.StartAsync("client-output-buffer-limit pubsub 256mb 0 0");
        var appName = AppNames.Unique("cold");
        using var publisher = TestServer.Create(redis.EndPoint, appName, options => options.HistoryMaxBytes = HistoryBytes);
        using var receiver = TestServer.Create(redis.EndPoint, appName, options => options.HistoryMaxBytes = HistoryBytes);
        var told = 0L;
        receiver.Bus.MessagesLost += (_, lost) => Interlocked.Add(ref told, lost.UpToId - lost.AfterId);
        using var subscriber = new TestSubscriber(receiver.Bus, null, ["key"]) { IsForgetful = true, OnMessage = Receive };
        await publisher.ConnectedAsync();
        await receiver.ConnectedAsync();
        using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true,configChannel=");
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(0, Senders).Select(_ => SendAsync(publisher, new string('x', size - Digits), stop.Token)).ToArray();

        await ReachesPushModeAsync("the start", administrator);
        await administrator.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await ReachesPushModeAsync("killed connections", administrator);
        await administrator.GetDatabase().KeyDeleteAsync("{" + appName + "}:counter");
        await ReachesPushModeAsync("a jump of the ids", administrator);

        stop.Cancel();
        await Eventually.CompletesAsync(Task.WhenAll(senders), "every publish has ended");
        await Eventually.BecomesTrueAsync(() => Missing() == receiver.Bus.Status.MessagesLost, "every message has come or is lost");
        await Eventually.BecomesTrueAsync(() => Interlocked.Read(ref told) == receiver.Bus.Status.MessagesLost, "every loss is told");
        output.WriteLine($"{size} B: {_sent} sent, {told} lost");

        Assert.Equal(0, publisher.Bus.Status.MessagesFailed);
        Assert.Equal(0, _twice);
        Assert.InRange(told, 0, mostLost ?? long.MaxValue);
    }

    private void Receive(Message message)
    {
        var number = int.Parse(
            Encoding.ASCII.GetString(message.Value.Array!, message.Value.Offset, Digits), NumberStyles.None, CultureInfo.InvariantCulture);
        lock (_received)
        {
            _twice += _received.Add(number) ? 0 : 1;
        }
    }

    private long Missing()
    {
        lock (_received)
        {
            return _sent - _received.Count;
        }
    }

    private async Task SendAsync(TestServer publisher, string filler, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _sent);
            await publisher.PublishAsync("key", number.ToString("D" + Digits, CultureInfo.InvariantCulture) + filler);
        }
    }

    private async Task ReachesPushModeAsync(string fault, IConnectionMultiplexer administrator)
    {
        var watch = Stopwatch.StartNew();
        var since = await CallsAsync(administrator);
        var converged = watch.Elapsed;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                var now = await CallsAsync(administrator);
                if (now.Reads != since.Reads || now.Publishes < since.Publishes)
                {
                    (since, converged) = (now, watch.Elapsed);
                }

                return now.Publishes - since.Publishes >= QuietBatches && watch.Elapsed - converged >= Quiet;
            },
            "push mode after " + fault);
        output.WriteLine($"after {fault}: {converged.TotalSeconds:0.00} s");
    }

    private static async Task<(long Reads, long Publishes)> CallsAsync(IConnectionMultiplexer administrator)
    {
        var text = await administrator.GetServers()[0].InfoRawAsync("commandstats") ?? string.Empty;
        return (Of("getrange"), Of("publish"));

        long Of(string command) => Regex.Match(text, $@"cmdstat_{command}:calls=(\d+)") is { Success: true } match
            ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;
    }
}
#endif
