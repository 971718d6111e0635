namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A server ends in different situations. The others do not notice.</summary>
public sealed class EndingServerTests(ITestOutputHelper output) : FaultTest(output)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(4);

    [RedisProcessFact]
    public async Task Dispose_UnderLoad_LosesNothingAcknowledged()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = "12a",
                Fault = "a publisher is disposed under load",
                MayFail = true,
                FullFlowWithin = WithoutLostConnection,
            },
            name => name == "publisher 0" ? proxy.EndPoint : redis.EndPoint);
        await run.SteadyAsync();

        await DisposeWithinBoundAsync(run.Servers[0]);

        await run.AssertHealsAsync();
        await Eventually.BecomesTrueAsync(() => proxy.OpenConnections == 0, "its connections are closed");
    }

    [RedisProcessFact]
    public async Task Dispose_DuringAnOutage_LosesNothingAcknowledged()
    {
        // What Redis acknowledges in the moment of its death may have reached no subscriber. From then on only its file
        // has it, because the publisher that would send it again ends.
        await using var redis = await RedisServerProcess.StartAsync("appendonly yes", "appendfsync always");
        await using var run = await StartAsync(
            new FaultPlan { Case = "12b", Fault = "a publisher is disposed while Redis is away for 3 s, back with AOF", MayFail = true },
            redis.EndPoint);
        await run.SteadyAsync();

        await redis.KillAsync();
        await LastAsync(1);
        await DisposeWithinBoundAsync(run.Servers[0]);
        await LastAsync(2);
        await redis.StartAgainAsync();

        await run.AssertHealsAsync();
    }

    [RedisProcessFact]
    public async Task Dispose_DuringCatchUp_DisturbsNobody()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var proxy = TcpProxy.Start(redis);
        await using var run = await StartAsync(
            new FaultPlan { Case = "12c", Fault = "servers are disposed while they catch up", FullFlowWithin = WithoutLostConnection },
            redis.EndPoint);
        await run.SteadyAsync();

        for (var i = 0; i < 5; i++)
        {
            using var server = new FaultServer(
                "ending", options => (options.ConnectionString, options.AppName) = (proxy.EndPoint, run.AppName));
            await server.ConnectedAsync();
            var reconnects = server.Bus.Status.Reconnects;
            proxy.RefuseNew();
            proxy.CutAll();
            await Eventually.BecomesTrueAsync(() => !server.Bus.Status.IsConnected, "the server is cut off");
            await LastAsync(0.3);

            // The answers to its last calls are in flight when it ends.
            proxy.Delay(TimeSpan.FromMilliseconds(10 * i), ProxyDirections.ToClient);
            proxy.AcceptNew();

            // It may take longer: on a busy machine, a new connection may have replaced this one in the meantime, and
            // it is not one that came back.
            await Eventually.BecomesTrueAsync(
                () => server.Bus.Status.Reconnects > reconnects || server.Bus.Status.IsConnected, "the server is back");
            await DisposeWithinBoundAsync(server);
            proxy.Resume();
        }

        await run.AssertHealsAsync();
        await Eventually.BecomesTrueAsync(() => proxy.OpenConnections == 0, "the connections are closed");
    }

    private static Task DisposeWithinBoundAsync(FaultServer server) =>
        Eventually.CompletesAsync(Task.Run(server.Dispose), "Dispose returns", Bound);
}
