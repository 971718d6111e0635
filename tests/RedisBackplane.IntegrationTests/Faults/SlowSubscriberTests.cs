namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>A server that reads nothing for a while, so that Redis disconnects it.</summary>
public sealed class SlowSubscriberTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessFact]
    public async Task Stopped_ForSixSecondsAndCutOffByRedis_LosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync("client-output-buffer-limit pubsub 64kb 32kb 1");

        // The buffers of the operating system hold some megabytes before Redis has to.
        await using var run = await StartAsync(
            new FaultPlan
            {
                Case = "5",
                Fault = "subscriber process stopped for 6 s, cut off by Redis",
                MessageSize = 6000,
                MessagesPerSecond = 800,
            },
            redis.EndPoint);
        await using var node = await NodeProcess.StartAsync(redis.EndPoint, run.AppName, run.Ledger.AddSubscriber("process"));
        await run.SteadyAsync();

        node.Pause();
        await LastAsync(6);
        node.Continue();

        await run.AssertHealsAsync();
        Assert.Contains("overcoming of output buffer limits", redis.ReadLog(), StringComparison.Ordinal);
        Assert.Contains("missed messages from the history", await node.EndAsync(), StringComparison.Ordinal);
    }
}
