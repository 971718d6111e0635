using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Faults that only a real Redis can cause.</summary>
public sealed class LostConnectionTests : IAsyncLifetime
{
    private readonly string _appName = AppNames.Unique("lost");
    private RedisServerProcess _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServerProcess.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [RedisProcessFact]
    public async Task Receive_WhileSubscriptionsAreKilled_LosesAndDoublesNothing()
    {
        using var publisher = TestServer.Create(_redis.EndPoint, _appName);
        using var receiver = TestServer.Create(_redis.EndPoint, _appName);
        await publisher.ConnectedAsync();
        await receiver.ConnectedAsync();
        using var subscriber = receiver.Subscribe("key");

        // Without a subscription of its own (configChannel), because the command would kill that too.
        using var administrator = await ConnectionMultiplexer.ConnectAsync(_redis.EndPoint + ",allowAdmin=true,configChannel=");
        var values = Payload.Numbered(3000);

        foreach (var part in values.Chunked(500))
        {
            var publishes = Task.WhenAll(part.Select(value => publisher.PublishAsync("key", value)));
            await administrator.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await Eventually.CompletesAsync(publishes, "every message is stored");
        }

        await subscriber.WaitForAsync(values.Length);
        await publisher.PublishAsync("key", "end");
        await subscriber.WaitUntilAsync("end");

        Assert.Equal([.. values, "end"], subscriber.Values);
    }
}
