namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>The slot of a farm moves to another owner.</summary>
public sealed class ClusterFaultTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("13a", 0, ShardedPubSub.Auto)]
    [InlineData("13b", 1, ShardedPubSub.Auto)]
    [InlineData("13h", 0, ShardedPubSub.Off)]
    public async Task MasterOfTheSlotKilled_UnderLoad_LosesNothing(string number, int replicas, ShardedPubSub sharded)
    {
        var again = replicas > 0 ? " and back as a replica" : string.Empty;
        await using var redis = await RedisClusterFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = number,
                Fault = $"cluster: master of the slot killed{again}, WAIT {replicas}{PlainOrNot(sharded)}",
                OrderMayDiffer = true,
            },
            redis.ConnectionString,
            options => (options.WaitForReplicas, options.ShardedPubSub) = (replicas, sharded));
        var slot = await redis.SlotOfAsync(run.AppName);
        var master = await redis.OwnerOfAsync(slot);
        await run.SteadyAsync();

        await master.Server.KillAsync();
        await redis.HasMovedAsync(slot, master);
        if (replicas > 0)
        {
            // It had only one replica. Until that one is back, no publish may complete.
            await redis.StartAgainAsync();
        }

        await run.AssertHealsAsync();
    }

    [RedisProcessTheory, Trait("Runs", "weekly")]
    [InlineData("13i", 6, ShardedPubSub.Auto)]
    [InlineData("13j", 25, ShardedPubSub.Auto)]
    [InlineData("13k", 8, ShardedPubSub.Off)]
    public async Task MasterOfTheSlotStopped_ContinuedAfterTheFailover_LosesNothing(
        string number, double seconds, ShardedPubSub sharded)
    {
        await using var redis = await RedisClusterFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = number,
                Fault = $"cluster: master of the slot stopped for {seconds} s and continued{PlainOrNot(sharded)}",
                OrderMayDiffer = true,
            },
            redis.ConnectionString,
            options => options.ShardedPubSub = sharded);
        var slot = await redis.SlotOfAsync(run.AppName);
        var master = await redis.OwnerOfAsync(slot);
        await run.SteadyAsync();

        master.Server.Pause();
        var isOver = LastAsync(seconds);
        await redis.HasMovedAsync(slot, master);
        run.FaultEnded();
        await isOver;
        master.Server.Continue();

        await run.AssertAsync();
        Assert.All(run.Servers, server => Assert.Empty(server.Logs.Of(3002)));
    }

    [RedisProcessFact]
    public async Task ReplicaOfTheSlot_TakesOverByAgreement_LosesNothing()
    {
        await using var redis = await RedisClusterFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = "13c", Fault = "cluster: planned failover of the slot" }, redis.ConnectionString);
        var slot = await redis.SlotOfAsync(run.AppName);
        await run.SteadyAsync();

        await redis.FailOverAsync(slot);

        await run.AssertHealsAsync();
    }

    [RedisProcessTheory]
    [InlineData("13d", 0, ShardedPubSub.Auto)]
    [InlineData("13e", 1.5, ShardedPubSub.Auto)]
    [InlineData("13g", 0, ShardedPubSub.Off)]
    public async Task Slot_MigratedUnderLoad_LosesNothing(string number, double seconds, ShardedPubSub sharded)
    {
        var fault = $"cluster: slot migrated, half here and half there for {seconds} s{PlainOrNot(sharded)}";
        await using var redis = await RedisClusterFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = fault },
            redis.ConnectionString,
            options => options.ShardedPubSub = sharded);
        var slot = await redis.SlotOfAsync(run.AppName);
        var from = await redis.OwnerOfAsync(slot);
        var to = await redis.AnotherMasterAsync(from);
        await run.SteadyAsync();

        await redis.MigrateAsync(slot, to, TimeSpan.FromSeconds(seconds));

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task AnotherMaster_Killed_HoldsUpNothing()
    {
        await using var redis = await RedisClusterFarm.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = "13f", Fault = "cluster: a master of other slots killed" }, redis.ConnectionString);
        var slot = await redis.SlotOfAsync(run.AppName);
        var ours = await redis.OwnerOfAsync(slot);
        var another = await redis.AnotherMasterAsync(ours);
        await run.SteadyAsync();

        await another.Server.KillAsync();
        await LastAsync(4);

        await run.AssertHealsAsync();
    }

    private static string PlainOrNot(ShardedPubSub sharded) => sharded == ShardedPubSub.Off ? ", plain channel" : string.Empty;
}
