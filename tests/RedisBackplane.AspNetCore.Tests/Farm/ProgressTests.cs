namespace RedisBackplane.AspNetCore.Tests.Farm;

/// <summary>Progress reports go over the bus, and the result does not: all reports must arrive before it.</summary>
public sealed class ProgressTests
{
    private const int Reports = 200;

    [SkippableTheory, EachTransport]
    public async Task Reports_WithABackplane_ArriveAllInOrderBeforeTheResult(string transport)
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        var redis = (await RedisTestServer.GetSharedAsync()).ConnectionString;
        await using var host = await SignalRHost.StartOnRedisAsync(redis, AppNames.Unique("progress"));
        using var client = await ChatClient.StartAsync(host, transport, hub: "FeatureHub");
        var events = new Inbox<int>();

        for (var call = 0; call < 3; call++)
        {
            var result = await client.Hub.Invoke<int, int>("Report", events.Add, Reports).WaitAsync(Wait.Limit);
            events.Add(result);
            Assert.Equal([.. Enumerable.Range(1, Reports), -1], await events.UntilAsync(-1));
        }
    }
}
