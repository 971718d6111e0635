namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Redis loses thousands of small batches. All are sent again, without delaying new messages.</summary>
[Collection(nameof(Alone)), Trait("Runs", "alone")]
public sealed class HeavyLoadTests(ITestOutputHelper output) : FaultTest(output)
{
    private const double SecondsOfLoad = 8;

    private readonly FaultPlan _plan = new() { Case = "", Fault = "", MessagesPerSecond = 5000 };

    [RedisProcessFact]
    public async Task Flush_UnderFiveThousandMessagesPerSecond_LosesAndRefusesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            _plan with { Case = "10g", Fault = "FLUSHALL under 5,000 messages per second" }, redis.EndPoint, TightQueue);
        await using var administrator = await AdministratorAsync(redis);
        await run.SteadyAsync();
        await LastAsync(SecondsOfLoad);

        await administrator.DoAsync("FLUSHALL");

        await run.AssertHealsAsync();
        AssertReplayed(run);
    }

    [RedisProcessFact]
    public async Task Killed_UnderFiveThousandMessagesPerSecondAndRestartedEmpty_LosesAndRefusesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var run = await StartAsync(
            _plan with { Case = "1d", Fault = "killed under 5,000 messages per second, back empty after 1 s", OrderMayDiffer = true },
            redis.EndPoint,
            TightQueue);
        await run.SteadyAsync();
        await LastAsync(SecondsOfLoad);

        await redis.KillAsync();
        await LastAsync(1);
        await redis.StartAgainAsync();

        await run.AssertHealsAsync();
        AssertReplayed(run);
    }

    // Room for the messages that pile up until the flow must be full, but not for the batches that are sent again.
    private static void TightQueue(RedisBackplaneOptions options) => options.MaxQueueMessages = 20_000;

    private static void AssertReplayed(FaultRun run) => Assert.All(
        run.PublishingServers, server => Assert.Contains(server.Logs.Lines, line => line.Event == 2005));
}
