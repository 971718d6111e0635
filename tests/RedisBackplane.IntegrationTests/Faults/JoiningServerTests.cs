namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A server joins under load and takes over a client of another.</summary>
public sealed class JoiningServerTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessTheory]
    [InlineData("11o", "before it is connected")]
    [InlineData("11p", "once it is connected")]
    public async Task Joined_UnderLoad_ServesClientsOfOthersWithoutLoss(string number, string when)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            new FaultPlan { Case = number, Fault = "servers join and take over a client " + when, FullFlowWithin = WithoutLostConnection },
            redis.EndPoint);
        var account = run.Ledger.AddSubscriber("moving client");
        var servers = new List<FaultServer>();
        var client = new LoadSubscriber(run.SubscribingServers.First().Bus, account.Delivered);
        try
        {
            await run.SteadyAsync();
            for (var i = 0; i < 4; i++)
            {
                var joined = new FaultServer(
                    $"joined {i}", options => (options.ConnectionString, options.AppName) = (redis.EndPoint, run.AppName));
                servers.Add(joined);
                if (when == "once it is connected")
                {
                    await joined.ConnectedAsync();
                }

                // A client is away for a moment when its server ends.
                var cursor = client.Leave();
                await LastAsync(0.2);
                client = new LoadSubscriber(joined.Bus, account.Delivered, cursor);
                await LastAsync(0.5);
            }

            run.FaultEnded();

            await run.AssertAsync();
        }
        finally
        {
            client.Dispose();
            servers.ForEach(server => server.Dispose());
        }
    }
}
