namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Redis runs, but the network does not.</summary>
public sealed class ConnectionTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("3a", "once", 1)]
    [InlineData("3b", "every 2 s", 4)]
    public async Task SubscriptionsKilled_OnceOrEveryTwoSeconds_LosesNothing(string number, string often, int times)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = "CLIENT KILL TYPE pubsub, " + often }, redis.EndPoint);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();

        for (var i = 0; i < times; i++)
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
    public Task AllConnectionsCut_AndRefusedForThreeSeconds_LosesNothing() => LosesNothingAsync(
        new FaultPlan { Case = "4a", Fault = "all connections cut, refused for 3 s" },
        async proxy =>
        {
            proxy.RefuseNew();
            proxy.CutAll();
            await LastAsync(3);
        });

    [RedisProcessTheory]
    [InlineData("4b", "all", 8)]
    [InlineData("4c", "publisher 0", 5)]
    [InlineData("4d", "subscriber 0", 5)]
    public Task BytesSwallowed_ForSeconds_LosesNothing(string number, string whose, double seconds) => LosesNothingAsync(
        new FaultPlan { Case = number, Fault = $"bytes of {whose} swallowed for {seconds} s" },
        async proxy =>
        {
            proxy.Blackhole();
            await LastAsync(seconds);
        },
        whose);

    [RedisProcessFact]
    public Task AllConnectionsCut_AndNewOnesSwallowedForFiveSeconds_LosesNothing() => LosesNothingAsync(
        new FaultPlan { Case = "4e", Fault = "all connections cut, new ones swallowed for 5 s" },
        async proxy =>
        {
            proxy.Blackhole();
            proxy.CutAll();
            await LastAsync(5);
        });

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
    public Task Slow_ByTwoHundredMilliseconds_LosesNothing() => LosesNothingAsync(
        new FaultPlan { Case = "4f", Fault = "200 ms added each way for 3 s", FullFlowWithin = WithoutLostConnection },
        async proxy =>
        {
            proxy.Delay(TimeSpan.FromMilliseconds(200));
            await LastAsync(3);
        });

    /// <summary>All servers, or the one that is named, reach Redis through the proxy that the fault uses.</summary>
    private async Task LosesNothingAsync(FaultPlan plan, Func<TcpProxy, Task> fault, string whose = "all")
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(plan, name => whose == "all" || name == whose ? proxy.EndPoint : redis.EndPoint);
        await run.SteadyAsync();

        await fault(proxy);
        proxy.Resume();

        await run.AssertHealsAsync();
    }
}
