using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore.Tests.Farm;

/// <summary>Progress reports go over the bus, and the result does not: all reports must arrive before it.</summary>
public sealed class ProgressTests
{
    private const int Reports = 200;

    [SkippableTheory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task Reports_WithABackplane_ArriveAllInOrderBeforeTheResult(string transport)
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        var redis = (await RedisTestServer.GetSharedAsync()).ConnectionString;
        await using var host = await SignalRHost.StartAsync(services: services =>
            services.AddClassicSignalR().AddRedisBackplane(options =>
            {
                options.ConnectionString = redis;
                options.AppName = AppNames.Unique("progress");
            }));
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("FeatureHub");
        await connection.StartAsync(transport);
        var events = new Inbox<int>();

        for (var call = 0; call < 3; call++)
        {
            var result = await hub.Invoke<int, int>("Report", events.Add, Reports).WaitAsync(Wait.Limit);
            events.Add(result);
            Assert.Equal([.. Enumerable.Range(1, Reports), -1], await events.UntilAsync(-1));
        }
    }
}
