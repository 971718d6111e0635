namespace RedisBackplane.IntegrationTests.Streams;

/// <summary>Two Redis servers that share the streams of a farm. A fault of one does not affect the other.</summary>
public sealed class SeveralServersTests
{
    private const string Key = "key";
    private const int FarmRefusedEvent = 1040;

    private readonly string _appName = AppNames.Unique("independent");
    private TimeSpan _publishTimeout = TimeSpan.FromSeconds(60);

    [RedisProcessFact]
    public async Task Kill_OneOfTwoUnderLoad_HoldsUpOnlyItsStreams()
    {
        await using var one = await RedisServerProcess.StartAsync();
        await using var two = await RedisServerProcess.StartAsync();
        using var near = Start(one, two);
        using var far = Start(one, two);
        await near.ConnectedAsync();
        await far.ConnectedAsync();
        using var client = new TestSubscriber(far.Bus, null, [Key]);
        var load = new Senders(near, Key, 2, "load");
        load.Send(100);
        await client.WaitForAsync(200);

        // If Redis loses its memory before a server has received a message, the server reports it as lost, although it
        // arrives again under another id.
        await Eventually.BecomesTrueAsync(() => LastIds(near).SequenceEqual(LastIds(far)), "the sender has heard it, too");

        await two.KillAsync();
        load.Send(100);
        await Eventually.CompletesAsync(load.AllStoredAsync(0), "the other server takes what is sent over its stream");
        await Eventually.BecomesTrueAsync(() => Over(client, 0).Count == 200, "which arrives");
        await Eventually.BecomesTrueAsync(() => !near.Bus.Status.IsConnected && !far.Bus.Status.IsConnected, "both know");
        Assert.Equal([true, false], far.Bus.Status.Streams.Select(stream => stream.IsConnected));
        Assert.Equal(100, Over(client, 1).Count);
        Assert.Equal(100, near.Bus.Status.Streams[1].QueueMessages);
        Assert.Equal(0, near.Bus.Status.Streams[0].QueueMessages);

        await two.StartAgainAsync();
        await Eventually.CompletesAsync(load.AllStoredAsync(), "what waited goes out");
        load.Send(100);
        await client.WaitForAsync(600);
        Assert.Equal(load.OfStream(0), Over(client, 0));
        Assert.Equal(load.OfStream(1), Over(client, 1));
        await Eventually.BecomesTrueAsync(() => near.Bus.Status.IsConnected && far.Bus.Status.IsConnected, "both are whole again");
        Assert.Equal((0, 0), (near.Bus.Status.MessagesLost, far.Bus.Status.MessagesLost));
    }

    [RedisProcessFact]
    public async Task List_InAnotherOrder_IsRefusedUntilTheOthersAreGone()
    {
        await using var one = await RedisServerProcess.StartAsync();
        await using var two = await RedisServerProcess.StartAsync();
        using var right = Start(one, two);
        await right.ConnectedAsync();
        _publishTimeout = TimeSpan.FromSeconds(1);
        using var wrong = Start(two, one);

        await Eventually.BecomesTrueAsync(
            () => wrong.Logs.Lines.Count(line => line.Event == FarmRefusedEvent) >= 2, "both servers of the list refuse it");
        var publish = await Assert.ThrowsAsync<BackplaneTimeoutException>(() => wrong.Bus.Publish(new Message("source", Key, "value")));
        Assert.Contains("ConnectionStrings", publish.Message, StringComparison.Ordinal);
        Assert.False(wrong.Bus.Status.IsConnected);
        Assert.True(right.Bus.Status.IsConnected);

        right.Dispose();
        await wrong.ConnectedAsync();
    }

    private TestServer Start(params RedisServerProcess[] servers) => new(options =>
    {
        options.AppName = _appName;
        options.ConnectionStrings = [.. servers.Select(server => server.EndPoint)];
        options.StreamCount = 2;
        options.PublishTimeout = _publishTimeout;
    });

    private static IEnumerable<long> LastIds(TestServer server) => server.Bus.Status.Streams.Select(stream => stream.LastId);

    private static List<string> Over(TestSubscriber client, int stream) =>
        [.. client.Received.Where(message => message.Stream == stream).Select(message => message.Value)];
}
