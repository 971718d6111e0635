namespace RedisBackplane.IntegrationTests.Publishing;

/// <summary>On a cluster, only the master that stored a batch knows its replicas (<c>WaitForReplicas</c>).</summary>
public sealed class ClusterReplicasTests
{
    private const int Publishes = 6;

    [RedisProcessFact]
    public async Task WaitForReplicas_TheReplicaOfTheSlotHangs_LetsNoPublishComplete()
    {
        await using var redis = await RedisClusterFarm.StartAsync();
        var appName = AppNames.Unique();
        using var server = await TestServer.StartAsync(redis.ConnectionString, appName, options =>
            (options.WaitForReplicas, options.PublishTimeout) = (1, TimeSpan.FromSeconds(1.5)));
        await Eventually.BecomesTrueAsync(
            async () => await Record.ExceptionAsync(() => server.PublishAsync("key", "both have it")) is null,
            "the replica has the first message");
        var owner = await redis.OwnerOfAsync(await redis.SlotOfAsync(appName));
        var replica = await redis.ReplicaOfAsync(owner);

        replica.Server.Pause();
        var outcomes = new List<Exception>();
        for (var i = 0; i < Publishes; i++)
        {
            // One after the other, each with its own wait.
            outcomes.Add(await Record.ExceptionAsync(
                () => Eventually.CompletesAsync(server.PublishAsync("key", "only the master has it"), "the publish ends")));
        }

        replica.Server.Continue();
        Assert.All(outcomes, outcome => Assert.IsType<BackplaneTimeoutException>(outcome));
        await Eventually.BecomesTrueAsync(
            async () => await Record.ExceptionAsync(() => server.PublishAsync("key", "both again")) is null, "publishes complete again");
    }
}
