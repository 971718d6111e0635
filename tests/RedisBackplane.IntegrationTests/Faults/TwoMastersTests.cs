using System.Text.RegularExpressions;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A replica takes over from a master that comes back, so that there are two for a while.</summary>
public sealed class TwoMastersTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int LooksInARow = 20;
    private const int Connecting = 1001;
    private const int MasterReplaced = 1014;
    private const int SeveralMasters = 1015;

    [RedisProcessTheory]
    [InlineData("9f", 1, 8)]
    [InlineData("9g", 2, 3)]
    public Task StoppedMaster_ContinuedAfterTheFailover_LosesNothing(string number, int publishers, double seconds) =>
        StopAndContinueAsync(number, publishers, seconds);

    [RedisProcessTheory, Trait("Runs", "weekly")]
    [InlineData("9k", 1, 3)]
    [InlineData("9l", 2, 8)]
    [InlineData("9m", 1, 30)]
    [InlineData("9n", 2, 30)]
    public Task StoppedMaster_ContinuedAfterAnyTime_LosesNothing(string number, int publishers, double seconds) =>
        StopAndContinueAsync(number, publishers, seconds);

    [RedisProcessTheory, Trait("Runs", "weekly")]
    [InlineData("9o", "min-replicas-to-write 1", 0)]
    [InlineData("9p", "min-replicas-to-write 0", 1)]
    [InlineData("9q", "min-replicas-to-write 1", 1)]
    public Task StoppedMaster_WritesNeedAReplica_LosesNothing(string number, string setting, int replicas) => StopAndContinueAsync(
        number,
        publishers: 2,
        seconds: 8,
        $", {setting}, WAIT {replicas}",
        replicas: 2,
        [setting, "min-replicas-max-lag 2"],
        options => options.WaitForReplicas = replicas);

    // In this format there is no history: a server misses what is sent while it changes over.
    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task StoppedMaster_LegacyFormat_WhatIsLostIsReported()
    {
        await using var redis = await RedisSentinelFarm.StartAsync(replicas: 1);
        await using var run = await StartAsync(
            StopPlan("9r", publishers: 2, seconds: 8, ", legacy format"),
            redis.ConnectionString,
            options => options.WireFormat = WireFormat.Legacy);
        await StopAndContinueAsync(redis, run, seconds: 8);

        var tally = await run.FinishAsync();
        Assert.Equal((0, 0, 0, 0), (tally.Pending, tally.Failed, tally.Duplicated, tally.OutOfOrder));
        // The ids restarted in between, so the number of messages is unknown to the server.
        Assert.All(
            run.SubscribingServers.Where(server => run.Ledger.MissedBy(server.Name) > 0),
            server => Assert.NotEmpty(server.Logs.Of(3002)));
    }

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task KilledMaster_BackEmptyAsAMaster_LosesNothing()
    {
        await using var redis = await RedisSentinelFarm.StartAsync(replicas: 1);
        await using var run = await StartAsync(
            new FaultPlan { Case = "9s", Fault = "master killed, failover by Sentinel, back empty as a master", OrderMayDiffer = true },
            redis.ConnectionString);
        await run.SteadyAsync();

        await redis.First.KillAsync();
        await redis.HasFailedOverAsync();
        run.FaultEnded();
        await redis.First.StartAgainAsync();
        await redis.IsDemotedAsync();

        await run.AssertAsync();
        AssertNothingTakenForLost(run);
    }

    [RedisProcessFact]
    public async Task PlannedFailover_OldMasterGoesOnAsOne_IsLeftAtOnce()
    {
        await using var redis = await RedisSentinelFarm.StartAsync(replicas: 1);
        await using var run = await StartAsync(
            new FaultPlan { Case = "9h", Fault = "planned failover by Sentinel, the old master goes on as one", OrderMayDiffer = true },
            redis.ConnectionString);
        await run.SteadyAsync();

        await redis.BeginFailOverAsync();
        await redis.HasFailedOverAsync();
        run.FaultEnded();
        await Eventually.BecomesTrueAsync(
            () => run.Servers.All(server => server.Logs.Of(MasterReplaced).Any()), "all servers have gone to the new master");
        var before = await ScriptsRunAsync(redis.First);
        await redis.IsDemotedAsync();

        await run.AssertAsync();
        Assert.Equal(before, await ScriptsRunAsync(redis.First));
    }

    [RedisProcessTheory]
    [InlineData("9i", true)]
    [InlineData("9j", false)]
    public async Task ListOfServers_FailoverByHandAndTheOldMasterComesBackAsOne_LosesNothing(string number, bool isStopped)
    {
        await using var first = await RedisServerProcess.StartAsync();
        await using var second = await StartReplicaAsync(first);
        var list = first.EndPoint + "," + second.EndPoint;
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = number,
                Fault = $"list of two, failover by hand, the old master back {(isStopped ? "with" : "without")} its memory",
                OrderMayDiffer = true,
            },
            list);
        await using var administrator = await AdministratorAsync(second);
        await run.SteadyAsync();

        await (isStopped ? PauseAsync(first) : first.KillAsync());
        await administrator.DoAsync("REPLICAOF NO ONE");
        run.FaultEnded();
        await Eventually.BecomesTrueAsync(
            () => run.Servers.All(server => server.Bus.Status.IsConnected && server.Logs.Of(Connecting).Count() > 1),
            "all servers are at the new master");
        await (isStopped ? ContinueAsync(first) : first.StartAgainAsync());
        var before = await ScriptsRunAsync(first);
        using var late = new FaultServer("late", options => (options.AppName, options.ConnectionString) = (run.AppName, list));
        await late.ConnectedAsync();

        await run.AssertAsync();
        Assert.Contains($"uses {second.EndPoint} alone", Assert.Single(late.Logs.Of(SeveralMasters)).Text, StringComparison.Ordinal);
        Assert.Equal(before, await ScriptsRunAsync(first));
    }

    [RedisProcessFact]
    public Task ListOfServers_FailoverByHandWhileTheOldMasterLives_LosesNothing() => FailOverByHandAsync("9w", publishers: 2);

    [RedisProcessFact, Trait("Runs", "weekly")]
    public Task ListOfServers_FailoverByHandWithOnePublisher_LosesNothing() => FailOverByHandAsync("9x", publishers: 1);

    // The others reach the new master only two seconds later.
    [RedisProcessFact, Trait("Runs", "weekly")]
    public Task ListOfServers_FailoverByHandThatHalfOfTheServersNoticeLate_LosesNothing() =>
        FailOverByHandAsync("9y", publishers: 2, secondsApart: 2);

    private async Task FailOverByHandAsync(string number, int publishers, double secondsApart = 0)
    {
        await using var first = await RedisServerProcess.StartAsync();
        await using var second = await StartReplicaAsync(first);
        await using var border = TcpProxy.Start(second);
        var isApart = secondsApart > 0;
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = number,
                Fault = "list of two, failover by hand while the old master lives, which becomes a replica later; publishers: "
                    + publishers + (isApart ? $"; half of the servers notice it {secondsApart} s later" : string.Empty),
                Publishers = publishers,
                OrderMayDiffer = true,
            },
            name => first.EndPoint + "," + (isApart && name.EndsWith('1') ? border.EndPoint : second.EndPoint));
        await using var administrator = await AdministratorAsync(first);
        await using var promoter = await AdministratorAsync(second);
        await run.SteadyAsync();

        if (isApart)
        {
            border.RefuseNew();
            border.CutAll();
        }

        await promoter.DoAsync("REPLICAOF NO ONE");
        if (isApart)
        {
            await LastAsync(secondsApart);
            border.AcceptNew();
        }

        run.FaultEnded();
        await Eventually.BecomesTrueAsync(
            () => run.Servers.All(server => server.Logs.Of(MasterReplaced).Any()), "all servers have gone to the new master");
        var before = await ScriptsRunAsync(first);
        await administrator.DoAsync($"REPLICAOF {RedisServerProcess.Host} {second.Port}");

        await run.AssertAsync();
        Assert.Equal(before, await ScriptsRunAsync(first));
        AssertNothingTakenForLost(run);
    }

    private async Task StopAndContinueAsync(
        string number,
        int publishers,
        double seconds,
        string with = "",
        int replicas = 1,
        string[]? redisConfiguration = null,
        Action<RedisBackplaneOptions>? configure = null)
    {
        await using var redis = await RedisSentinelFarm.StartAsync(replicas, redisConfiguration ?? []);
        await using var run = await StartAsync(StopPlan(number, publishers, seconds, with), redis.ConnectionString, configure);

        var before = await StopAndContinueAsync(redis, run, seconds);

        await run.AssertAsync();
        Assert.Equal(before, await ScriptsRunAsync(redis.First));
        AssertNothingTakenForLost(run);
    }

    private static FaultPlan StopPlan(string number, int publishers, double seconds, string with) => new()
    {
        Case = number,
        Fault = $"master stopped for {seconds} s and continued as a second one, publishers: {publishers}{with}",
        Publishers = publishers,
        MessagesPerSecond = 500,
        OrderMayDiffer = true,
    };

    /// <returns>How many scripts the old master had run when it continued.</returns>
    private static async Task<int> StopAndContinueAsync(RedisSentinelFarm redis, FaultRun run, double seconds)
    {
        await run.SteadyAsync();
        redis.First.Pause();
        var isOver = LastAsync(seconds);
        await redis.HasFailedOverAsync();
        run.FaultEnded();
        await isOver;
        redis.First.Continue();
        var before = await ScriptsRunAsync(redis.First);
        await redis.IsDemotedAsync();
        return before;
    }

    private static async Task<RedisServerProcess> StartReplicaAsync(RedisServerProcess master)
    {
        var replica = await RedisServerProcess.StartAsync($"replicaof {RedisServerProcess.Host} {master.Port}");
        await replica.IsInStepAsync();
        return replica;
    }

    private static Task PauseAsync(RedisServerProcess redis)
    {
        redis.Pause();
        return Task.CompletedTask;
    }

    private static Task ContinueAsync(RedisServerProcess redis)
    {
        redis.Continue();
        return Task.CompletedTask;
    }

    private static void AssertNothingTakenForLost(FaultRun run) =>
        Assert.All(run.Servers, server => Assert.Empty(server.Logs.Of(3002)));

    // The number of scripts that a server has run, including those that were still in its sockets.
    private static async Task<int> ScriptsRunAsync(RedisServerProcess redis)
    {
        await using var administrator = await AdministratorAsync(redis);
        var (last, looks) = (-1, 0);
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                string stats;
                try
                {
                    stats = (string?)await administrator.DoAsync("INFO commandstats") ?? string.Empty;
                }
                catch (Exception exception) when (exception is RedisConnectionException or InvalidOperationException)
                {
                    // A Sentinel that demotes a server makes it close all connections, including this one.
                    return false;
                }

                var calls = Regex.Matches(stats, "cmdstat_eval(sha)?:calls=(\\d+)").Sum(match => int.Parse(match.Groups[2].Value, null));
                looks = calls == last ? looks + 1 : 0;
                last = calls;
                return looks == LooksInARow;
            },
            "the stopped server has run what lay in its sockets");
        return last;
    }
}
