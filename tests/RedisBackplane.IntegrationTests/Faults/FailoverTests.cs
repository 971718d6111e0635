namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A replica takes over.</summary>
public sealed class FailoverTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessFact]
    public async Task Planned_UnderLoad_LosesNothing()
    {
        await using var redis = await RedisSentinelFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = "9a", Fault = "planned failover by Sentinel", OrderMayDiffer = true }, redis.ConnectionString);
        await run.SteadyAsync();

        await redis.FailOverAsync();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task LaggingReplica_PromotedAndFirstReachedByAPublisherThatWasCutOff_LosesNothing()
    {
        await using var master = await RedisServerProcess.StartAsync();
        await using var replication = TcpProxy.Start(master);
        await using var replica = await RedisServerProcess.StartAsync($"replicaof {RedisServerProcess.Host} {replication.Port}");
        await replica.IsInStepAsync();
        await using var most = TcpProxy.Start(master);
        await using var cutOff = TcpProxy.Start(master);
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = "9d",
                Fault = "failover to a replica that lags by 1.5 s; a publisher that was cut off is there first",
                OrderMayDiffer = true,
            },
            name => name == "publisher 1" ? cutOff.EndPoint : most.EndPoint);
        await using var administrator = await AdministratorAsync(replica);
        await run.SteadyAsync();

        // From here on, neither the replica nor this publisher knows what the others send and receive.
        replication.Blackhole();
        cutOff.RefuseNew();
        cutOff.CutAll();
        await LastAsync(1.5);
        most.RefuseNew();
        await master.KillAsync();
        await administrator.DoAsync("REPLICAOF NO ONE");
        most.Redirect(replica.Port);
        cutOff.Redirect(replica.Port);
        cutOff.AcceptNew();
        await Eventually.BecomesTrueAsync(() => run.Servers[1].Bus.Status.IsConnected, "the publisher is back");
        await LastAsync(0.5);
        most.AcceptNew();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task OldMaster_MadeAReplicaWhileItsConnectionsStay_LosesNothing()
    {
        await using var master = await RedisServerProcess.StartAsync();
        await using var next = await RedisServerProcess.StartAsync("repl-diskless-sync-delay 0");
        await using var proxy = TcpProxy.Start(master);
        await using var run = await StartAsync(
            new FaultPlan { Case = "9e", Fault = "the old master goes on as a replica, and no connection is closed" }, proxy.EndPoint);
        await using var administrator = await AdministratorAsync(master);
        await run.SteadyAsync();

        proxy.Redirect(next.Port);
        await administrator.DoAsync($"REPLICAOF {RedisServerProcess.Host} {next.Port}");

        await run.AssertHealsAsync();
        Assert.All(run.PublishingServers, server => Assert.Contains(server.Logs.Lines, line => line.Event == 1009));
    }

    [RedisProcessTheory]
    [InlineData("9b", 0)]
    [InlineData("9c", 1)]
    public async Task MasterKilled_UnderLoad_LosesNothing(string number, int replicas)
    {
        await using var redis = await RedisSentinelFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = $"master killed, failover by Sentinel, WAIT {replicas}", OrderMayDiffer = true },
            redis.ConnectionString,
            options => options.WaitForReplicas = replicas);
        await run.SteadyAsync();

        await redis.First.KillAsync();
        await redis.HasFailedOverAsync();

        await run.AssertHealsAsync();
    }
}
