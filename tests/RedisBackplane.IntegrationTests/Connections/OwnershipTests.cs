namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>The bus disposes what it made, and nothing else.</summary>
public sealed class OwnershipTests : IAsyncLifetime
{
    private string _connectionString = null!;

    public async Task InitializeAsync() => _connectionString = (await RedisTestServer.GetSharedAsync()).ConnectionString;

    public Task DisposeAsync() => Task.CompletedTask;

    [RedisFact]
    public async Task Dispose_WithALiveConnection_LeavesItOpenAndUnsubscribes()
    {
        var appName = AppNames.Unique();
        using var connection = await ConnectionMultiplexer.ConnectAsync(_connectionString);
        var server = new TestServer(options => (options.Connection, options.AppName) = (connection, appName));
        await server.HearsItselfAsync();

        server.Dispose();

        Assert.True(connection.IsConnected);
        await connection.GetDatabase().PingAsync();
        await Eventually.BecomesTrueAsync(
            async () => await connection.GetDatabase().PublishAsync(RedisChannel.Literal(appName), "anyone?") == 0,
            "nobody listens on the channel");
    }

    [RedisProcessFact]
    public async Task Join_RefusedOnALiveConnection_LeavesTheApplicationsOwnHandlersOfTheChannel()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint);
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint);
        var appName = AppNames.Unique();
        var heard = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(appName), (_, _) => heard.TrySetResult(null));
        await AllowChannelsAsync("resetchannels");
        using var server = new TestServer(options => (options.Connection, options.AppName) = (connection, appName));
        await Eventually.BecomesTrueAsync(
            () => server.Bus.Status.LastError?.Contains("channel", StringComparison.Ordinal) == true, "the channel is refused");

        await AllowChannelsAsync("allchannels");
        await server.HearsItselfAsync();

        await Eventually.CompletesAsync(heard.Task, "the handler of the application hears the channel");

        Task AllowChannelsAsync(string rule) => administrator.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", rule);
    }

    [RedisTheory]
    [InlineData(ConnectionOwnership.Owned, false)]
    [InlineData(ConnectionOwnership.Borrowed, true)]
    public async Task Dispose_WithAConnectionFromAFactory_DisposesItOnlyWhereItIsOwned(ConnectionOwnership ownership, bool staysOpen)
    {
        ConnectionMultiplexer? made = null;
        var server = new TestServer(options =>
        {
            options.ConnectionFactory = async _ => made = await ConnectionMultiplexer.ConnectAsync(_connectionString);
            options.ConnectionFactoryOwnership = ownership;
            options.AppName = AppNames.Unique();
        });
        await server.HearsItselfAsync();

        server.Dispose();

        Assert.Equal(staysOpen, made!.IsConnected);
        made.Dispose();
    }

    [RedisFact]
    public async Task Connect_WithAFactoryThatFailsAtFirst_IsTriedAgain()
    {
        var calls = 0;
        using var server = new TestServer(options =>
        {
            options.ConnectionFactory = async _ => ++calls < 3
                ? throw new InvalidOperationException("not yet")
                : await ConnectionMultiplexer.ConnectAsync(_connectionString);
            options.AppName = AppNames.Unique();
        });

        await server.HearsItselfAsync();

        Assert.Equal(3, calls);
    }

    [RedisFact]
    public async Task Connect_WithConfigurationOptions_LeavesThemAsTheyWere()
    {
        var configuration = ConfigurationOptions.Parse(_connectionString);
        var before = configuration.ToString();
        using var server = new TestServer(options => (options.ConfigurationOptions, options.AppName) = (configuration, AppNames.Unique()));

        await server.HearsItselfAsync();

        Assert.Equal(before, configuration.ToString());
    }
}
