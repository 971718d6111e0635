#if NET // On Mono, a server cannot take as much as Redis gives: what it is to hear leaves the history first.
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using RedisBackplane.IntegrationTests.Servers;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace RedisBackplane.IntegrationTests.Receiving;

/// <summary>Under as much load as Redis takes, servers that read the history go back to the channel by themselves.</summary>
[Collection(nameof(Alone)), Trait("Runs", "alone")]
public sealed class ConvergenceTests(ITestOutputHelper output)
{
    private const int Senders = 512;

    // So long, and so many batches, during which nobody reads the history are push mode.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private const long QuietBatches = 200;

    [RedisProcessTheory]
    [InlineData(100)]
    [InlineData(1024)]
    [InlineData(16 * 1024)]
    public async Task Farm_UnderSaturatingLoadFromItsFirstMessage_IsInPushModeAgainAfterEachFault(int size)
    {
        await using var redis = await RedisServerProcess.StartAsync("client-output-buffer-limit pubsub 256mb 0 0");
        var appName = AppNames.Unique("cold");
        using var publisher = TestServer.Create(redis.EndPoint, appName);
        using var receiver = TestServer.Create(redis.EndPoint, appName);
        using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true,configChannel=");
        using var stop = new CancellationTokenSource();
        var value = new string('x', size);
        var senders = Enumerable.Range(0, Senders).Select(_ => SendAsync(publisher, value, stop.Token)).ToArray();

        await receiver.ConnectedAsync();
        await ReachesPushModeAsync("the start", administrator);
        await administrator.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await ReachesPushModeAsync("killed connections", administrator);
        await administrator.GetDatabase().KeyDeleteAsync("{" + appName + "}:counter");
        await ReachesPushModeAsync("a jump of the ids", administrator);

        stop.Cancel();
        await Eventually.CompletesAsync(Task.WhenAll(senders), "every publish has ended");
        await Eventually.BecomesTrueAsync(
            () => receiver.Bus.Status.LastId == publisher.Bus.Status.LastId && !receiver.Bus.Status.IsCatchingUp, "all has come");

        // What the history no longer holds when the killed connection is back is lost, and told: at this load, that is a moment's.
        Assert.Equal(0, publisher.Bus.Status.MessagesFailed);
    }

    private static async Task SendAsync(TestServer publisher, string value, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await publisher.PublishAsync("key", value);
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
