namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Redis runs, but the network does not.</summary>
public sealed class ConnectionTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessFact]
    public async Task SubscriptionsKilled_Once_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(new FaultPlan { Case = "3a", Fault = "CLIENT KILL TYPE pubsub, once" }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        await administrator.DoAsync("CLIENT KILL TYPE pubsub");

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task SubscriptionsKilled_EveryTwoSeconds_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(new FaultPlan { Case = "3b", Fault = "CLIENT KILL TYPE pubsub, every 2 s" }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        for (var i = 0; i < 4; i++)
        {
            await LastAsync(i == 0 ? 0 : 2);
            await administrator.DoAsync("CLIENT KILL TYPE pubsub");
        }

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task EveryConnectionKilled_FourTimes_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = "3c", Fault = "CLIENT KILL TYPE normal and pubsub, every 0.3 s", MessageSize = 3000 }, redis.EndPoint);
        await run.SteadyAsync();

        for (var i = 0; i < 4; i++)
        {
            await LastAsync(0.3);
            await using var administrator = await AdministratorAsync(redis);
            await administrator.DoAsync("CLIENT KILL TYPE pubsub");
            await administrator.DoAsync("CLIENT KILL TYPE normal");
        }

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task AllConnectionsCut_AndRefusedForThreeSeconds_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "4a", Fault = "all connections cut, refused for 3 s" }, proxy.EndPoint);
        await run.SteadyAsync();

        proxy.RefuseNew();
        proxy.CutAll();
        await LastAsync(3);
        proxy.Resume();

        await run.AssertHealsAsync();
    }

    [RedisProcessTheory]
    [InlineData("4b", "all", 8)]
    [InlineData("4c", "publisher 0", 5)]
    [InlineData("4d", "subscriber 0", 5)]
    public async Task BytesSwallowed_ForSeconds_LosesNothing(string number, string whose, double seconds)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = $"bytes of {whose} swallowed for {seconds} s" },
            name => whose == "all" || name == whose ? proxy.EndPoint : redis.EndPoint);
        await run.SteadyAsync();

        proxy.Blackhole();
        await LastAsync(seconds);
        proxy.Resume();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task AllConnectionsCut_AndNewOnesSwallowedForFiveSeconds_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "4e", Fault = "all connections cut, new ones swallowed for 5 s" }, proxy.EndPoint);
        await run.SteadyAsync();

        proxy.Blackhole();
        proxy.CutAll();
        await LastAsync(5);
        proxy.Resume();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task AnswersStalled_ForFourSecondsAndSubscriptionsKilledThen_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "4g", Fault = "answers stalled for 4 s, then CLIENT KILL TYPE pubsub" }, proxy.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        proxy.Stall(ProxyDirections.ToClient);
        await LastAsync(4);
        proxy.Resume();
        await administrator.DoAsync("CLIENT KILL TYPE pubsub");

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task Slow_ByTwoHundredMilliseconds_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "4f", Fault = "200 ms added each way for 3 s", FullFlowWithin = WithoutLostConnection }, proxy.EndPoint);
        await run.SteadyAsync();

        proxy.Delay(TimeSpan.FromMilliseconds(200));
        await LastAsync(3);
        proxy.Resume();

        await run.AssertHealsAsync();
    }
}
