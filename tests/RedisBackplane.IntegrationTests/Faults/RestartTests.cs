namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>The process of Redis ends and comes back, or has not started yet.</summary>
public sealed class RestartTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("1a", "killed, back empty after 3 s", false)]
    [InlineData("1b", "killed, back after 3 s with AOF", true)]
    public async Task Killed_AndRestartedAfterThreeSeconds_LosesNothing(string number, string fault, bool hasFile)
    {
        await using var redis = await RedisServerProcess.StartAsync(hasFile ? ["appendonly yes", "appendfsync always"] : []);
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = fault, OrderMayDiffer = !hasFile }, redis.EndPoint);
        await run.SteadyAsync();

        await redis.KillAsync();
        await LastAsync(3);
        await redis.StartAgainAsync();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact, Trait("Runs", "weekly")]
    public async Task Killed_WhileASubscriberWasCutOff_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "1c", Fault = "killed while a subscriber was cut off, back empty", OrderMayDiffer = true },
            name => name == "subscriber 0" ? proxy.EndPoint : redis.EndPoint);
        await run.SteadyAsync();

        // From now on, only the publishers have what is sent when Redis has ended.
        proxy.RefuseNew();
        proxy.CutAll();
        await LastAsync(1);
        await redis.KillAsync();
        await redis.StartAgainAsync();
        proxy.Resume();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task Killed_AndRestartedWithAnOlderSnapshot_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = "1e", Fault = "killed, back after 1 s with a snapshot (RDB) of 2 s before", OrderMayDiffer = true },
            redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        // What follows is not in the snapshot, though Redis has confirmed it.
        await administrator.DoAsync("SAVE");
        await LastAsync(2);
        await redis.KillAsync();
        await LastAsync(1);
        await redis.StartAgainAsync();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task Absent_AtStartAndUpFiveSecondsLater_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await redis.StopAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = "8", Fault = "absent at start, up after 5 s" }, redis.EndPoint, connects: false);
        run.StartInFault();

        await LastAsync(5);
        await redis.StartAgainAsync();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task Frozen_ForFiveSeconds_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(new FaultPlan { Case = "2", Fault = "stopped (SIGSTOP) for 5 s" }, redis.EndPoint);
        await run.SteadyAsync();

        redis.Pause();
        await LastAsync(5);
        redis.Continue();

        await run.AssertHealsAsync();
    }
}
