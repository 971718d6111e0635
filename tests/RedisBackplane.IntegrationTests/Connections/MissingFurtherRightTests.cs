namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>The same as <see cref="MissingRightTests"/>, for the rights that only some farms need.</summary>
public sealed class MissingFurtherRightTests
{
    private const string Streams = "StreamCount above 1";
    private const string Database = "database n, other than 0";
    private const string Waits = "WaitForReplicas";
    private const string WaitsOnCluster = "WaitForReplicas on a cluster";
    private const string Cluster = "cluster";
    private const string Sharded = "sharded channel";
    private const int DatabaseNumber = 3;

    private readonly string _appName = AppNames.Unique("right");

    [RedisProcessTheory]
    [InlineData(Streams, "~{Chat{*}:*")]
    [InlineData(Streams, "&Chat{*")]
    [InlineData(Database, "&Chat{n}")]
    [InlineData(Database, "+select")]
    [InlineData(Waits, "+wait")]
    [InlineData(WaitsOnCluster, "+wait")]
    [InlineData(WaitsOnCluster, "+exists")]
    [InlineData(Sharded, "+spublish")]
    [InlineData(Sharded, "+ssubscribe")]
    public async Task Publish_WithoutARightThatSuchAFarmNeeds_NamesIt(string farm, string right)
    {
        await using var topology = Create(farm, right);
        await topology.StartAsync();
        using var server = StartServer(topology, farm, publishTimeout: TimeSpan.FromSeconds(2));
        using var subscriber = server.Subscribe("key");

        // The first of the further streams, where the page has a pattern for all of them.
        var named = DocumentedRights.RightOf(right, _appName, farm == Database ? DatabaseNumber : 0).Replace("{*", "{1");

        // From many senders, so that every stream has messages.
        var (_, told) = await RefusedPublish.UntilToldAsync(
            server,
            () => Task.WhenAll(Enumerable.Range(0, 20).Select(i => server.Bus.Publish(new Message($"sender {i}", "key", "hello")))),
            (_, told) => told.Contains(named));

        Assert.DoesNotContain("Pa55word", told, StringComparison.Ordinal);
    }

    [RedisProcessFact]
    public async Task Publish_WithoutTheRightToSelect_WritesNothingToDatabaseZero()
    {
        await using var topology = Create(Database, "+select");
        await topology.StartAsync();
        using var server = StartServer(topology, Database, publishTimeout: TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<BackplaneTimeoutException>(
            () => Eventually.CompletesAsync(server.PublishAsync("key", "hello"), "the publish ends"));

        using var administrator = await ConnectionMultiplexer.ConnectAsync(topology.Administrator);
        Assert.Empty(administrator.GetServers()[0].Keys(database: 0));
    }

    // It leaves a channel only with the connection, and the client library follows the redirections of a cluster if it
    // cannot ask for the nodes.
    [RedisProcessTheory]
    [InlineData(Sharded, "+sunsubscribe")]
    [InlineData(Cluster, "+cluster|nodes")]
    public async Task Publish_WithoutARightThatTheBusDoesWithout_IsHeard(string farm, string right)
    {
        await using var topology = Create(farm, right);
        await topology.StartAsync();
        using var server = StartServer(topology, farm);
        using var subscriber = server.Subscribe("key");

        await server.PublishAsync("key", "hello");

        await subscriber.WaitForAsync(1);
    }

    private static LeastRightsTopology Create(string farm, string right) => farm switch
    {
        Streams => new(new SeveralStreamsTopology(new RedisProcessTopology()), farm) { Without = right },
        Database => new(new RedisProcessTopology(), farm) { Without = right, Database = DatabaseNumber },
        Sharded => new(new RedisProcessTopology { IsSharded = true }, farm) { Without = right },
        Cluster => new(new ClusterTopology(), farm, Sharded) { Without = right },
        WaitsOnCluster => new(new ClusterTopology(), farm, Cluster, Sharded) { Without = right },
        _ => new(new RedisProcessTopology(), farm) { Without = right },
    };

    private TestServer StartServer(RedisTopology topology, string farm, TimeSpan? publishTimeout = null) => new(options =>
    {
        options.AppName = _appName;
        topology.Connect(options);
        topology.Configure(options);
        options.PublishTimeout = publishTimeout ?? options.PublishTimeout;
        options.LivenessTimeout = TimeSpan.FromSeconds(1);
        options.WaitForReplicas = farm is Waits or WaitsOnCluster ? 1 : 0;
    });
}
