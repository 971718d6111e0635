namespace RedisBackplane.IntegrationTests.Streams;

/// <summary>The number of streams is changed, server by server, while messages flow and clients move.</summary>
public sealed class StreamCountChangeTests : IAsyncLifetime
{
    private const string Key = "key";

    private readonly string _appName = AppNames.Unique("streams");
    private readonly List<IDisposable> _disposables = [];
    private string _redis = null!;

    public async Task InitializeAsync() => _redis = (await RedisTestServer.GetSharedAsync()).ConnectionString;

    public Task DisposeAsync()
    {
        for (var i = _disposables.Count - 1; i >= 0; i--)
        {
            _disposables[i].Dispose();
        }

        return Task.CompletedTask;
    }

    [RedisFact]
    public async Task Change_FromOneToTwoAndBack_LosesNothingForClientsThatMoveOrStayAway()
    {
        // One stream.
        var first = await StartAsync(streams: 1);
        var load = new Senders(first, Key, 1, "first");
        var client = Subscribe(first, null);
        var away = Subscribe(first, null);
        load.Send(20);
        await load.AllStoredAsync();
        await client.WaitForAsync(20);
        await away.WaitForAsync(20);
        var awayCursor = Leave(away);
        load.Send(5);

        // A server with two streams joins. The old server reads both before the new one sends over the second.
        var second = await StartAsync(streams: 2);
        var wide = new Senders(second, Key, 2, "second");
        Assert.Equal(2, first.Bus.Status.Streams.Count);
        wide.Send(20);
        load.Send(5);
        await client.WaitForAsync(20 + 5 + 40 + 5);
        await load.AllStoredAsync();
        await wide.AllStoredAsync();

        // The client moves, and receives on the new server what was sent in the meantime. Then the old server ends.
        var cursor = Leave(client);
        load.Send(5);
        wide.Send(5);
        var moved = Subscribe(second, cursor);
        await moved.WaitForAsync(5 + 10);
        first.Dispose();
        wide.Send(5);
        await moved.WaitForAsync(5 + 10 + 10);
        await wide.AllStoredAsync();
        cursor = Leave(moved);
        wide.Send(5);
        await wide.AllStoredAsync();

        // Back to one stream: a client that comes from a server with two finds what it missed in both, although nobody
        // sends over the second any more.
        var third = await StartAsync(streams: 1);
        Assert.Equal(2, third.Bus.Status.Streams.Count);
        second.Dispose();
        var narrow = new Senders(third, Key, 1, "third");
        var back = Subscribe(third, cursor);
        var returned = Subscribe(third, awayCursor);
        narrow.Send(5);
        await back.WaitForAsync(10 + 5);
        await returned.WaitForAsync(5 + 40 + 5 + 5 + 10 + 10 + 10 + 5);
        await narrow.AllStoredAsync();

        string[] all = [.. load.Values, .. wide.Values, .. narrow.Values];
        Assert.Equal(Sorted(all), Sorted([.. client.Values, .. moved.Values, .. back.Values]));
        Assert.Equal(Sorted(all), Sorted([.. away.Values, .. returned.Values]));
        Assert.Equal(wide.OfStream(1), Over(1, [.. client.Received, .. moved.Received, .. back.Received]));
        Assert.Equal(wide.OfStream(1), Over(1, returned.Received));
    }

    [RedisFact]
    public async Task Change_ServerThatTheFarmHasForgotten_ReadsTheNewStreamFromItsHistory()
    {
        var old = await StartAsync(streams: 1);
        var client = Subscribe(old, null);
        using var redis = await ConnectionMultiplexer.ConnectAsync(_redis);
        var farm = new RedisNames(_appName, 0).Farm;

        // As if it had been stopped for a long time: the new server does not know it.
        await redis.GetDatabase().KeyDeleteAsync(farm);
        var wide = await StartAsync(streams: 2);
        var load = new Senders(wide, Key, 2, "wide");
        load.Send(20);
        await load.AllStoredAsync();

        await client.WaitForAsync(40);
        Assert.Equal(load.OfStream(0), Over(0, client.Received));
        Assert.Equal(load.OfStream(1), Over(1, client.Received));
        Assert.Equal(0, old.Bus.Status.MessagesLost);
    }

    [RedisFact]
    public async Task Join_FarmsKeyIsDamaged_WritesItAnew()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(_redis);
        var farm = new RedisNames(_appName, 0).Farm;
        await redis.GetDatabase().ListLeftPushAsync(farm, "not a text");

        await StartAsync(streams: 1);
        await redis.GetDatabase().StringSetAsync(farm, "a 2 x y\n\n- 99 0 - 9999999999999\nb 1 1\n b 3 3 1/1 1\0");
        await StartAsync(streams: 2);

        var text = (string?)await redis.GetDatabase().StringGetAsync(farm);
        Assert.Contains(" 2 2 1/1 ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("99 0", text, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task SendOnlyServer_AmongOthers_HoldsNobodyUp()
    {
        var sender = await StartAsync(streams: 1, options => options.SendOnly = true);
        var wide = await StartAsync(streams: 3);
        var client = Subscribe(wide, null);

        await sender.PublishAsync(Key, "hello");
        await client.WaitForAsync(1);

        Assert.Single(sender.Bus.Status.Streams);
        Assert.Equal(3, wide.Bus.Status.Streams.Count);
    }

    private static List<string> Sorted(IEnumerable<string> values) => [.. values.OrderBy(value => value, StringComparer.Ordinal)];

    private static IEnumerable<string> Over(int stream, IEnumerable<ReceivedMessage> messages) =>
        messages.Where(message => message.Stream == stream).Select(message => message.Value);

    private static string Leave(TestSubscriber client)
    {
        var cursor = client.ReadCursor();
        client.Dispose();
        return cursor;
    }

    private async Task<TestServer> StartAsync(int streams, Action<RedisBackplaneOptions>? configure = null)
    {
        var server = TestServer.Create(_redis, _appName, options =>
        {
            options.StreamCount = streams;
            configure?.Invoke(options);
        });
        _disposables.Add(server);
        await server.ConnectedAsync();
        return server;
    }

    private TestSubscriber Subscribe(TestServer server, string? cursor)
    {
        var subscriber = new TestSubscriber(server.Bus, cursor, [Key]);
        _disposables.Add(subscriber);
        return subscriber;
    }
}
