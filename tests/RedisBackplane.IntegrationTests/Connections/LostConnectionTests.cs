using RedisBackplane.IntegrationTests.Servers;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>What a server misses while it is cut off, it fetches from the history.</summary>
public sealed class LostConnectionTests : IAsyncLifetime
{
    private readonly string _appName = AppNames.Unique("lost");
    private RedisServerProcess _redis = null!;
    private TcpProxy _proxy = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.ProcessSkipReason is not null, TestRedisSource.ProcessSkipReason);
        _redis = await RedisServerProcess.StartAsync();
        _proxy = TcpProxy.Start(_redis);
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _redis.DisposeAsync();
    }

    // Small frames, and frames that travel and are kept apart from their ids.
    [RedisProcessTheory]
    [InlineData(0)]
    [InlineData(2_000)]
    public async Task Receive_AfterBeingCutOff_DeliversWhatWasMissedOnceAndInOrder(int padding)
    {
        using var publisher = TestServer.Create(_redis.EndPoint, _appName);
        using var cutOff = TestServer.Create(_proxy.EndPoint, _appName);
        await publisher.ConnectedAsync();
        await cutOff.ConnectedAsync();
        using var subscriber = cutOff.Subscribe("key");
        await publisher.PublishAsync("key", "before");
        await subscriber.WaitForAsync(1);
        var values = Payload.Numbered(1000, new string('.', padding));

        _proxy.RefuseNew();
        _proxy.CutAll();
        await Task.WhenAll(values.Select(value => publisher.PublishAsync("key", value)));
        _proxy.Resume();
        await subscriber.WaitForAsync(1 + values.Length);
        await publisher.PublishAsync("key", "after");
        await subscriber.WaitForAsync(values.Length + 2);

        Assert.Equal(["before", .. values, "after"], subscriber.Values);
    }

    [RedisProcessFact]
    public async Task Receive_WhileSubscriptionsAreKilled_LosesAndDoublesNothing()
    {
        using var publisher = TestServer.Create(_redis.EndPoint, _appName);
        using var receiver = TestServer.Create(_redis.EndPoint, _appName);
        await publisher.ConnectedAsync();
        await receiver.ConnectedAsync();
        using var subscriber = receiver.Subscribe("key");
        using var administrator = await ConnectionMultiplexer.ConnectAsync(_redis.EndPoint + ",allowAdmin=true");
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
