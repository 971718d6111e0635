using System.Diagnostics;
using RedisBackplane.IntegrationTests.Servers;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Dispose returns within seconds whatever state Redis is in, and leaves no publish waiting.</summary>
public sealed class DisposeTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private readonly string _appName = AppNames.Unique("dispose");
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

    [RedisProcessFact]
    public async Task Dispose_BeforeTheFirstConnection_FailsWhatWaits()
    {
        _proxy.RefuseNew();
        var server = StartServer();
        var publish = server.PublishAsync("key", "hello");

        await DisposeWithinBoundAsync(server);

        await AssertFailed(publish);
    }

    [RedisProcessFact]
    public async Task Dispose_DuringTheFirstConnection_FailsWhatWaits()
    {
        _proxy.Stall();
        var server = StartServer();
        await Eventually.BecomesTrueAsync(() => _proxy.AcceptedConnections > 0, "the bus begins to connect");
        var publish = server.PublishAsync("key", "hello");

        await DisposeWithinBoundAsync(server);

        await AssertFailed(publish);
    }

    [RedisProcessFact]
    public async Task Dispose_DuringTheFirstConnection_EndsThoseWhoWaitForIt()
    {
        _proxy.RefuseNew();
        var server = StartServer();
        var connected = server.Bus.WhenConnectedAsync(CancellationToken.None);
        Assert.False(connected.IsCompleted);

        await DisposeWithinBoundAsync(server);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Eventually.CompletesAsync(connected, "the wait ends"));
    }

    [RedisProcessFact]
    public async Task Dispose_WhenConnected_ClosesTheConnections()
    {
        var server = StartServer();
        await server.ConnectedAsync();
        Assert.True(_proxy.OpenConnections > 0);

        await DisposeWithinBoundAsync(server);

        await Eventually.BecomesTrueAsync(() => _proxy.OpenConnections == 0, "the connections are closed");
    }

    [RedisProcessFact]
    public async Task Dispose_RightAfterPublishing_SendsWhatWaits()
    {
        using var other = StartServer();
        await other.ConnectedAsync();
        using var subscriber = other.Subscribe("key");
        var server = StartServer();
        await server.ConnectedAsync();
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
        var server = StartServer();
        await server.ConnectedAsync();

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
        var server = StartServer();
        await server.ConnectedAsync();
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
        var server = StartServer();
        await server.ConnectedAsync();
        await DisposeWithinBoundAsync(server);

        var publish = server.PublishAsync("key", "hello");

        await AssertFailed(publish);
    }

    private void Begin(string outage)
    {
        switch (outage)
        {
            case "refused":
                _proxy.RefuseNew();
                _proxy.CutAll();
                break;
            case "stalled":
                _proxy.Stall();
                break;
            case "swallowed":
                _proxy.Blackhole();
                break;
            case "frozen":
                _redis.Pause();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(outage));
        }
    }

    private TestServer StartServer() => TestServer.Create(_proxy.EndPoint, _appName);

    private static async Task DisposeWithinBoundAsync(IDisposable disposable)
    {
        var watch = Stopwatch.StartNew();
        await Eventually.CompletesAsync(Task.Run(disposable.Dispose), "Dispose returns", Bound);
        Assert.True(watch.Elapsed < Bound, $"Dispose took {watch.Elapsed}.");
    }

    private static async Task AssertFailed(Task publish) =>
        await Assert.ThrowsAnyAsync<BackplaneException>(() => Eventually.CompletesAsync(publish, "the publish ends", Bound));
}
