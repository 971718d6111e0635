using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A network falls apart, with Redis servers in both halves, or with all of them in the near one.</summary>
public sealed class SplitNetworkTests(ITestOutputHelper output) : FaultTest(output)
{
    private const string CutOff = "subscriber 1";
    private const string MovingClient = "moving client";
    private const int MasterReplaced = 1014;
    private const int ForgottenForGood = 2008;

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task HalfOfTheServers_StayWithTheOldMasterUntilTheNetworkHeals_LoseNothing()
    {
        // The old master has one Sentinel with it, its replica two.
        await using var redis = await RedisSentinelFarm.StartDivisibleAsync(near: 1);
        await using var run = await StartAsync(
            new FaultPlan { Case = "9t", Fault = "network split, a master in each half for 4 s", OrderMayDiffer = true },
            (name, options) => Configure(redis, options, isFar: name.EndsWith('1')));
        await run.SteadyAsync();

        redis.Split();
        await redis.HasFailedOverAsync();
        await LastAsync(4);
        redis.Heal();

        await run.AssertHealsAsync();
        Assert.All(run.Servers, server => Assert.Empty(server.Logs.Of(3002)));
    }

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task PlannedFailover_FourMegabytesPerSecond_CutOffAndJoiningServersMissNothing()
    {
        await using var redis = await RedisSentinelFarm.StartDivisibleAsync(near: 3);
        await using var run = await StartAsync(Planned("9u"), (name, options) => Configure(redis, options, name == CutOff));
        using var joining = await FailOverAsync(redis, run);

        await run.AssertHealsAsync();
        Assert.All(run.Servers, server => Assert.Empty(server.Logs.Of(ForgottenForGood)));
    }

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task PlannedFailover_PublishersKeepTooLittle_TheyReportAllThatIsMissed()
    {
        await using var redis = await RedisSentinelFarm.StartDivisibleAsync(near: 3);
        await using var run = await StartAsync(
            Planned("9v") with { Fault = Planned("9v").Fault + "; RepublishMaxBytes of two messages" },
            (name, options) =>
            {
                Configure(redis, options, name == CutOff);
                options.RepublishMaxBytes = 10_000;
            });
        using var joining = await FailOverAsync(redis, run);

        run.FaultEnded();
        var tally = await run.FinishAsync();
        var reported = run.PublishingServers
            .SelectMany(server => server.Logs.Of(ForgottenForGood))
            .Sum(line => int.Parse(Regex.Match(line.Text, "lost ([0-9]+) messages").Groups[1].Value, null));
        Write($"The publishers reported {reported} messages.");

        // A server that was still at the old master when they were sent has them.
        Assert.All([CutOff, MovingClient, "subscriber 0"], who => Assert.InRange(run.Ledger.MissedBy(who), 0, reported));
        Assert.Equal((0, 0, 0, 0), (tally.Pending, tally.Failed, tally.Duplicated, tally.OutOfOrder));
    }

    private static FaultPlan Planned(string number) => new()
    {
        Case = number,
        Fault = "planned failover by Sentinel under 4 MB/s; a server is cut off meanwhile, another one joins",
        MessagesPerSecond = 1000,
        MessageSize = 4096,
        OrderMayDiffer = true,
    };

    // A server is cut off before the failover and comes back after it. A new one takes over a client.
    private async Task<JoiningServer> FailOverAsync(RedisSentinelFarm redis, FaultRun run)
    {
        var account = run.Ledger.AddSubscriber(MovingClient);
        using var before = new LoadSubscriber(run.SubscribingServers.First().Bus, account.Delivered);
        await run.SteadyAsync();

        redis.Split();
        var cursor = before.Leave();
        await redis.BeginFailOverAsync();
        await redis.IsPromotedAsync();
        var promoted = Stopwatch.GetTimestamp();
        await Eventually.BecomesTrueAsync(
            () => run.Servers.All(server => server.Name == CutOff || server.Logs.Of(MasterReplaced).Any()),
            "all servers that Redis reaches have gone to the new master");
        Write($"The last server left the old master after {Stopwatch.GetElapsedTime(promoted).TotalSeconds:0.00} s.");
        var late = new FaultServer("late", options =>
        {
            options.AppName = run.AppName;
            Configure(redis, options, isFar: false);
        });
        await late.ConnectedAsync();
        var joining = new JoiningServer(late, new LoadSubscriber(late.Bus, account.Delivered, cursor));
        redis.Heal();
        return joining;
    }

    private static void Configure(RedisSentinelFarm redis, RedisBackplaneOptions options, bool isFar)
    {
        var configuration = ConfigurationOptions.Parse(redis.ConnectionString);
        if (isFar)
        {
            configuration.BeforeSocketConnect += static (_, _, socket) => socket.Bind(new IPEndPoint(BorderProxy.Far, 0));
        }

        options.ConfigurationOptions = configuration;
    }

    private sealed class JoiningServer(FaultServer server, LoadSubscriber client) : IDisposable
    {
        public void Dispose()
        {
            client.Dispose();
            server.Dispose();
        }
    }
}
