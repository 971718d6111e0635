using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RedisConnectionSourceTests
{
    [Fact]
    public void From_SimpleSettings_NamesTheServerAndNoPassword()
    {
        var source = RedisConnectionSource.From(new RedisBackplaneOptions
        {
            AppName = "Chat", Server = "redis.example", Port = 6380, User = "app", Password = "secret", Ssl = true, Database = 2,
        });

        Assert.Equal("redis.example:6380", source.Description);
        Assert.Equal(ConnectionOwnership.Owned, source.Ownership);
        Assert.Equal(2, source.Database);
    }

    [Theory]
    [InlineData("::1", "[::1]:6379")]
    [InlineData("127.0.0.1", "127.0.0.1:6379")]
    [InlineData("localhost", "localhost:6379")]
    public void From_AddressOrName_DescribesIt(string server, string expected) =>
        Assert.Equal(expected, RedisConnectionSource.From(new RedisBackplaneOptions { AppName = "Chat", Server = server }).Description);

    [Fact]
    public void From_ConnectionString_NamesItsServersAndNoPassword()
    {
        var source = RedisConnectionSource.From(new RedisBackplaneOptions
        {
            AppName = "Chat", ConnectionString = "a:1,b:2,user=app,password=secret,defaultDatabase=4",
        });

        Assert.Equal("a:1,b:2", source.Description);
        Assert.Equal(4, source.Database);
        Assert.Equal(ConnectionOwnership.Owned, source.Ownership);
    }

    [Fact]
    public void AllFrom_ListOfServers_GivesOneOwnedSourceForEach()
    {
        var sources = RedisConnectionSource.AllFrom(new RedisBackplaneOptions
        {
            AppName = "Chat", ConnectionStrings = ["a:1,password=secret", "b:2,defaultDatabase=4", "c:3"], StreamCount = 3,
        }, static _ => default);

        Assert.Equal([("a:1", 0), ("b:2", 4), ("c:3", 0)], sources.Select(source => (source.Description, source.Database)));
        Assert.All(sources, source => Assert.Equal(ConnectionOwnership.Owned, source.Ownership));
    }

    [Fact]
    public void AllFrom_OneServer_GivesTheOne()
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", ConnectionString = "a:1" };

        Assert.Equal("a:1", Assert.Single(RedisConnectionSource.AllFrom(options, static _ => default)).Description);
    }

    [Theory]
    [InlineData("redis.example,10.0.0.1", "redis.example:6379,10.0.0.1:6379")]
    [InlineData("redis.example,ssl=true", "redis.example:6380")]
    [InlineData("redis.example:7000,other.example", "redis.example:7000,other.example:6379")]
    [InlineData("redis.example,redis.example:6379", "redis.example:6379")]
    [InlineData("sentinel.example,serviceName=mymaster", "sentinel.example:26379")]
    public void From_ServersWithoutAPort_HaveThatOfTheClientLibrary(string connectionString, string expected)
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", ConnectionString = connectionString };

        Assert.Equal(expected, RedisConnectionSource.From(options).Description);
    }

    [Fact]
    public void From_ConfigurationOptions_CopiesAndDoesNotChangeThem()
    {
        var given = new ConfigurationOptions { EndPoints = { "a:1" }, DefaultDatabase = 5, AbortOnConnectFail = false };
        var before = given.ToString(includePassword: true);
        var policies = (given.BacklogPolicy, given.ReconnectRetryPolicy);

        var source = RedisConnectionSource.From(new RedisBackplaneOptions { AppName = "Chat", ConfigurationOptions = given });

        Assert.Equal(before, given.ToString(includePassword: true));
        Assert.False(given.AbortOnConnectFail);
        Assert.Equal(policies, (given.BacklogPolicy, given.ReconnectRetryPolicy));
        Assert.Equal(("a:1", 5), (source.Description, source.Database));
    }

    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(0, -1, 0)]
    [InlineData(7, 3, 7)]
    public async Task From_LiveConnection_IsBorrowedAndGivesItsDatabase(int option, int ofConnection, int expected)
    {
        var database = Mock.Of<IDatabase>(db => db.Database == ofConnection);
        var connection = Mock.Of<IConnectionMultiplexer>(c => c.GetDatabase(-1, null) == database);

        var source = RedisConnectionSource.From(new RedisBackplaneOptions { AppName = "Chat", Connection = connection, Database = option });

        Assert.Equal(ConnectionOwnership.Borrowed, source.Ownership);
        Assert.Equal(expected, source.Database);
        Assert.Same(connection, await source.OpenAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(ConnectionOwnership.Owned)]
    [InlineData(ConnectionOwnership.Borrowed)]
    public async Task From_Factory_CallsItWithTheTokenAndKeepsTheOwnership(ConnectionOwnership ownership)
    {
        using var cancellation = new CancellationTokenSource();
        var connection = Mock.Of<IConnectionMultiplexer>();
        CancellationToken seen = default;
        var source = RedisConnectionSource.From(new RedisBackplaneOptions
        {
            AppName = "Chat",
            ConnectionFactory = token =>
            {
                seen = token;
                return Task.FromResult(connection);
            },
            ConnectionFactoryOwnership = ownership,
            Database = 6,
        });

        Assert.Same(connection, await source.OpenAsync(cancellation.Token));
        Assert.True(seen.CanBeCanceled);
        Assert.Equal((ownership, 6), (source.Ownership, source.Database));
    }

    [Fact]
    public void Adapt_NoSocketManagerGiven_TakesTheThreadPoolWhereSocketsCompleteOnIt()
    {
        var configuration = new ConfigurationOptions();

        RedisConnectionSource.Adapt(configuration, new RedisBackplaneOptions { AppName = "Chat" });

#if NET
        Assert.Same(SocketManager.ThreadPool, configuration.SocketManager);
#else
        Assert.Null(configuration.SocketManager);
#endif
    }

    [Fact]
    public void Adapt_SocketManagerGiven_KeepsIt()
    {
        var configuration = new ConfigurationOptions { SocketManager = SocketManager.Shared };

        RedisConnectionSource.Adapt(configuration, new RedisBackplaneOptions { AppName = "Chat" });

        Assert.Same(SocketManager.Shared, configuration.SocketManager);
    }

    [Theory]
    [InlineData(null, RedisProtocol.Resp2)]
    [InlineData(RedisProtocol.Resp3, RedisProtocol.Resp3)]
    public void Adapt_Protocol_GivesTheChannelAConnectionOfItsOwnUnlessTheApplicationWantsOtherwise(
        RedisProtocol? given, RedisProtocol expected)
    {
        var configuration = new ConfigurationOptions { Protocol = given };

        RedisConnectionSource.Adapt(configuration, new RedisBackplaneOptions { AppName = "Chat" });

        Assert.Equal(expected, configuration.Protocol);
    }

    [Theory]
    [InlineData(5, 3, 30_000)]
    [InlineData(60, 3, 60_000)]
    [InlineData(5, 60, 120_000)]
    public void Adapt_Calls_AreNotGivenUpBeforeTheirPublishOrTheProbe(int given, int liveness, int expected)
    {
        var configuration = new ConfigurationOptions { AsyncTimeout = given * 1000, SyncTimeout = given * 1000 };
        var options = new RedisBackplaneOptions { AppName = "Chat", LivenessTimeout = TimeSpan.FromSeconds(liveness) };

        RedisConnectionSource.Adapt(configuration, options);

        Assert.Equal((expected, expected), (configuration.AsyncTimeout, configuration.SyncTimeout));
    }
}
