namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>Two farms on one Redis never receive each other's messages, even if a fault affects both.</summary>
public sealed class ApartTests(ITestOutputHelper output) : FaultTest(output)
{
    [RedisProcessFact]
    public async Task TwoApplications_OnOneRedis_NeverSeeEachOther()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var administrator = await AdministratorAsync(redis);
        await using var first = await StartAsync(
            new FaultPlan { Case = "12d", Fault = "two applications on one Redis: subscriptions killed" }, redis.EndPoint);
        await using var second = await StartAsync(new FaultPlan { Case = "12e", Fault = "the other application" }, redis.EndPoint);

        await RunAsync(administrator, first, second);
    }

    [RedisProcessFact]
    public async Task OneApplication_OnTwoDatabases_NeverSeesItsOtherHalf()
    {
        var appName = AppNames.Unique("databases");
        await using var redis = await RedisServerProcess.StartAsync();
        await using var administrator = await AdministratorAsync(redis);
        await using var first = await StartAsync(
            new FaultPlan { Case = "12f", Fault = "one application on databases 0 and 1: subscriptions killed" },
            redis.EndPoint,
            options => options.AppName = appName);
        await using var second = await StartAsync(
            new FaultPlan { Case = "12g", Fault = "the other database" },
            redis.EndPoint + ",defaultDatabase=1",
            options => options.AppName = appName);

        await RunAsync(administrator, first, second);
    }

    // Both use the same numbers, so a message that reaches the wrong farm counts as delivered twice.
    private static async Task RunAsync(RedisAdministrator administrator, FaultRun first, FaultRun second)
    {
        await Task.WhenAll(first.SteadyAsync(), second.SteadyAsync());

        await administrator.DoAsync("CLIENT KILL TYPE pubsub");
        first.FaultEnded();
        second.FaultEnded();

        await Task.WhenAll(first.AssertAsync(), second.AssertAsync());
    }
}
