using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Dispose returns within seconds in every state of Redis, and leaves no publish waiting.</summary>
public sealed class DisposeTests : ProxiedRedisTest
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    [RedisProcessFact]
    public async Task Dispose_BeforeTheFirstConnection_FailsWhatWaits()
    {
        Proxy.RefuseNew();
        var server = Create();
        var publish = server.PublishAsync("key", "hello");

        await DisposeWithinBoundAsync(server);

        await AssertFailed(publish);
    }

    [RedisProcessFact]
    public async Task Dispose_DuringTheFirstConnection_FailsWhatWaits()
    {
        Proxy.Stall();
        var server = Create();
        await Eventually.BecomesTrueAsync(() => Proxy.AcceptedConnections > 0, "the bus begins to connect");
        var publish = server.PublishAsync("key", "hello");

        await DisposeWithinBoundAsync(server);

        await AssertFailed(publish);
    }

    [RedisProcessFact]
    public async Task Dispose_DuringTheFirstConnection_EndsThoseWhoWaitForIt()
    {
        Proxy.RefuseNew();
        var server = Create();
        var connected = server.Bus.WhenConnectedAsync(CancellationToken.None);
        Assert.False(connected.IsCompleted);

        await DisposeWithinBoundAsync(server);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Eventually.CompletesAsync(connected, "the wait ends"));
    }

    [RedisProcessFact]
    public async Task Dispose_WhenConnected_ClosesTheConnections()
    {
        var server = await StartAsync();
        Assert.True(Proxy.OpenConnections > 0);

        await DisposeWithinBoundAsync(server);

        await Eventually.BecomesTrueAsync(() => Proxy.OpenConnections == 0, "the connections are closed");
    }

    [RedisProcessFact]
    public async Task Dispose_RightAfterPublishing_SendsWhatWaits()
    {
        using var other = await StartAsync();
        using var subscriber = other.Subscribe("key");
        var server = await StartAsync();
        var values = Payload.Numbered(1000);

        var publishes = values.Select(value => server.PublishAsync("key", value)).ToArray();
        await DisposeWithinBoundAsync(server);

        await Task.WhenAll(publishes);
        await subscriber.WaitForAsync(values.Length);
        Assert.Equal(values, subscriber.Values);
    }

    [RedisProcessFact]
    public async Task Dispose_Twice_ReturnsBothTimes()
    {
        var server = await StartAsync();

        await DisposeWithinBoundAsync(server);
        await DisposeWithinBoundAsync(server.Bus);
    }

    [RedisProcessTheory]
    [InlineData("refused")]
    [InlineData("stalled")]
    [InlineData("swallowed")]
    [InlineData("frozen")]
    public async Task Dispose_DuringAnOutage_FailsWhatWaits(string outage)
    {
        var server = await StartAsync();
        Begin(outage);
        var publishes = Payload.Numbered(100).Select(value => server.PublishAsync("key", value)).ToArray();

        await DisposeWithinBoundAsync(server);

        foreach (var publish in publishes)
        {
            await AssertFailed(publish);
        }
    }

    [RedisProcessFact]
    public async Task Publish_AfterDispose_FailsWithoutThrowing()
    {
        var server = await StartAsync();
        await DisposeWithinBoundAsync(server);

        var publish = server.PublishAsync("key", "hello");

        await AssertFailed(publish);
    }

    private void Begin(string outage)
    {
        switch (outage)
        {
            case "refused":
                Cut();
                break;
            case "stalled":
                Proxy.Stall();
                break;
            case "swallowed":
                Proxy.Blackhole();
                break;
            case "frozen":
                Redis.Pause();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(outage));
        }
    }

    private static async Task DisposeWithinBoundAsync(IDisposable disposable)
    {
        var watch = Stopwatch.StartNew();
        await Eventually.CompletesAsync(Task.Run(disposable.Dispose), "Dispose returns", Bound);
        Assert.True(watch.Elapsed < Bound, $"Dispose took {watch.Elapsed}.");
    }

    private static async Task AssertFailed(Task publish) =>
        await Assert.ThrowsAnyAsync<BackplaneException>(() => Eventually.CompletesAsync(publish, "the publish ends", Bound));
}
