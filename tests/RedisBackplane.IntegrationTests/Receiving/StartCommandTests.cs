using Newtonsoft.Json;

namespace RedisBackplane.IntegrationTests.Receiving;

/// <summary>The command that starts a connection of this server. It reaches its subscription without Redis.</summary>
public sealed class StartCommandTests : ProxiedRedisTest
{
    // The client polls: a broadcast ends its first request, and the next one may reach another server.
    [RedisProcessFact]
    public async Task Start_RequestEndsWithAnotherMessageBefore_ReachesTheNextRequest()
    {
        using var server = await StartAsync();
        using var another = await StartAsync();
        string[] keys = ["broadcasts", "c-connection"];
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var first = new TestSubscriber(server.Bus, null, keys) { Answer = () => answer.Task };
        await server.PublishAsync("broadcasts", "hello");
        await first.WaitForAsync(1);
        var cursor = first.ReadCursor();

        await server.Bus.Publish(Start(first.Identity)).Bounded();
        answer.SetResult(false);

        using var next = new TestSubscriber(another.Bus, cursor, keys);
        var received = await next.WaitForAsync(1);
        Assert.Equal("c-connection", Assert.Single(received).Key);
    }

    private static Message Start(string source) =>
        new(source, "c-connection", JsonConvert.SerializeObject(new Command { CommandType = CommandType.Initializing }))
        {
            CommandId = Guid.NewGuid().ToString(),
        };
}
