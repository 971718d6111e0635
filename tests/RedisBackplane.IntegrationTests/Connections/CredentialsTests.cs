namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Credentials from the application's callback.</summary>
public sealed class CredentialsTests : IAsyncLifetime
{
    private const int RenewedEvent = 1030;
    private const int NotRenewedEvent = 1031;
    private const string Rights = "~* &* +@all";

    private readonly string _appName = AppNames.Unique("credentials");
    private RedisServerProcess _redis = null!;
    private ConnectionMultiplexer _administrator = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServerProcess.StartAsync(
            "user default off",
            $"user administrator on >administrator {Rights}",
            $"user first on >one-Pa55word {Rights}",
            $"user second on >two-Pa55word {Rights}");
        _administrator = await ConnectionMultiplexer.ConnectAsync(
            _redis.EndPoint + ",user=administrator,password=administrator,allowAdmin=true,protocol=resp2");
    }

    public async Task DisposeAsync()
    {
        await _administrator.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisProcessFact]
    public async Task Connection_AfterThePasswordWasReplaced_AsksForTheNewOne()
    {
        var password = "one-Pa55word";
        using var server = StartServer(
            _ => Task.FromResult(new RedisCredentials("first", password)),
            configure: options => options.LivenessTimeout = TimeSpan.FromSeconds(1));
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");

        password = "new-Pa55word";
        await DoAsync("ACL SETUSER first resetpass >new-Pa55word");
        await DoAsync("CLIENT KILL USER first");
        await server.PublishAsync("key", "hello");
        await subscriber.WaitForAsync(1);

        Assert.DoesNotContain("Pa55word", server.Logs.ToString(), StringComparison.Ordinal);
    }

    [RedisProcessTheory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task Credentials_BeforeTheyExpire_AreRenewedOnTheConnectionThatStands(string protocol)
    {
        var (isConnected, renewals) = (false, 0);
        using var server = StartServer(
            _ =>
            {
                renewals += isConnected ? 1 : 0;
                return Task.FromResult(isConnected ? new RedisCredentials("second", "two-Pa55word") : First(TimeSpan.FromSeconds(4)));
            },
            protocol);
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");
        Assert.Equal("first", await UserOfCommandsAsync());
        isConnected = true;

        await RenewedAsync(server);
        Assert.Equal((0, 1), (server.Bus.Status.Reconnects, renewals));

        // With RESP2 the connection of the channel still belongs to the first user, and ends when he is deleted.
        await DoAsync("ACL DELUSER first");
        await server.PublishAsync("key", "hello");
        await subscriber.WaitForAsync(1);
        Assert.Equal(1, renewals);
        Assert.DoesNotContain("Pa55word", server.Logs.ToString(), StringComparison.Ordinal);
    }

    [RedisProcessFact]
    public async Task Credentials_SeveralServers_AreRenewedOnEveryConnection()
    {
        await using var replica = await RedisServerProcess.StartAsync(
            $"replicaof {RedisServerProcess.Host} {_redis.Port}", "masteruser administrator", "masterauth administrator",
            "user default off", $"user administrator on >administrator {Rights}",
            $"user first on >one-Pa55word {Rights}", $"user second on >two-Pa55word {Rights}");
        await using var onReplica = await ConnectionMultiplexer.ConnectAsync(
            replica.EndPoint + ",user=administrator,password=administrator,allowAdmin=true,protocol=resp2");
        var isConnected = false;
        using var server = StartServer(
            _ => Task.FromResult(isConnected ? new RedisCredentials("second", "two-Pa55word") : First(TimeSpan.FromSeconds(3))),
            configure: options => options.ConnectionString = $"{_redis.EndPoint},{replica.EndPoint},name=the-bus");
        await server.ConnectedAsync();
        isConnected = true;

        await RenewedAsync(server);

        // The connection that looks for the master leads to both servers, the other one to the master alone.
        await Eventually.BecomesTrueAsync(
            async () => await UsersOfCommandsAsync(_administrator) is ["second", "second"]
                && await UsersOfCommandsAsync(onReplica) is ["second"],
            "all connections have the new credentials");
        Assert.Equal(0, server.Bus.Status.Reconnects);
    }

    [RedisProcessFact]
    public async Task Renewal_ThatFails_IsToldAndTriedAgain()
    {
        var (isConnected, renewals) = (false, 0);
        using var server = StartServer(_ => (isConnected ? ++renewals : 0) switch
        {
            0 => Task.FromResult(First(TimeSpan.FromSeconds(2))),
            1 => Task.FromException<RedisCredentials>(new InvalidOperationException("no token")),
            _ => Task.FromResult(new RedisCredentials("second", "two-Pa55word")),
        });
        await server.ConnectedAsync();
        isConnected = true;

        await RenewedAsync(server);
        var notRenewed = Assert.Single(server.Logs.Lines, line => line.Event == NotRenewedEvent);
        Assert.Contains("no token", notRenewed.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The application's store has them before Redis.</summary>
    [RedisProcessFact]
    public async Task Renewal_ThatRedisRefuses_LeavesTheOldCredentialsInUse()
    {
        var (isConnected, isOver) = (false, false);
        using var server = StartServer(
            _ => isOver
                ? throw new InvalidOperationException("no token")
                : Task.FromResult(isConnected ? new RedisCredentials("second", "not-yet-Pa55word") : First(TimeSpan.FromSeconds(2))),
            configure: options => options.LivenessTimeout = TimeSpan.FromSeconds(30));
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");
        isConnected = true;
        await Eventually.BecomesTrueAsync(() => server.Logs.Lines.Any(line => line.Event == NotRenewedEvent), "the refusal is told");

        isOver = true;
        await DoAsync("CLIENT KILL USER first");
        await server.PublishAsync("key", "hello");

        await subscriber.WaitForAsync(1);
    }

    [RedisProcessFact]
    public async Task Renewal_OfCredentialsWithAnEmptyUser_IsForTheDefaultUser()
    {
        await using var redis = await RedisServerProcess.StartAsync("requirepass one-Pa55word");
        var isConnected = false;
        using var server = StartServer(
            _ => Task.FromResult(new RedisCredentials("", "one-Pa55word", isConnected ? null : DateTimeOffset.UtcNow.AddSeconds(2))),
            configure: options => options.ConnectionString = redis.EndPoint);
        await server.ConnectedAsync();
        isConnected = true;

        await Eventually.BecomesTrueAsync(() => server.Logs.Lines.Any(line => line.Event == RenewedEvent), "the renewal is told");

        Assert.DoesNotContain(server.Logs.Lines, line => line.Event == NotRenewedEvent);
    }

    [RedisProcessFact]
    public async Task Connection_WhileTheCallbackFails_IsTriedAgainAndSaysWhy()
    {
        var asked = 0;
        using var server = StartServer(_ => ++asked < 3
            ? throw new InvalidOperationException("no token yet")
            : Task.FromResult(new RedisCredentials("first", "one-Pa55word")));

        await server.ConnectedAsync();

        Assert.Contains(server.Logs.Lines, line => line.Event == 1003 && line.ToString().Contains("no token yet"));
    }

    private static RedisCredentials First(TimeSpan lifetime) => new("first", "one-Pa55word", DateTimeOffset.UtcNow + lifetime);

    private TestServer StartServer(
        Func<CancellationToken, Task<RedisCredentials>> provider,
        string protocol = "resp2",
        Action<RedisBackplaneOptions>? configure = null) => new(options =>
    {
        options.AppName = _appName;
        options.ConnectionString = $"{_redis.EndPoint},protocol={protocol},name=the-bus";
        options.CredentialsProvider = provider;
        configure?.Invoke(options);
    });

    /// <summary>Waits for the second user's connection. The first user's may have been renewed before.</summary>
    private async Task RenewedAsync(TestServer server)
    {
        await Eventually.BecomesTrueAsync(async () => await UserOfCommandsAsync() == "second", "the credentials are renewed");
        await Eventually.BecomesTrueAsync(() => server.Logs.Lines.Any(line => line.Event == RenewedEvent), "the renewal is told");
    }

    private async Task<string> UserOfCommandsAsync()
    {
        var clients = (string)(await DoAsync("CLIENT LIST TYPE normal"))! + (string)(await DoAsync("CLIENT LIST TYPE pubsub"))!;
        var commands = clients.Split('\n')
            .Where(line => line.Contains(" name=the-bus"))
            .OrderBy(line => line.Contains(" sub=1 ") ? 1 : 0)
            .First();
        return commands.Split(' ').Single(field => field.StartsWith("user=", StringComparison.Ordinal)).Substring("user=".Length);
    }

    private static async Task<string[]> UsersOfCommandsAsync(ConnectionMultiplexer administrator)
    {
        var clients = (string)(await administrator.GetDatabase().ExecuteAsync("CLIENT", "LIST", "TYPE", "normal"))!;
        return
        [
            .. clients.Split('\n')
                .Where(static line => line.Contains(" name=the-bus"))
                .Select(static line => line.Split(' ').Single(field => field.StartsWith("user=", StringComparison.Ordinal)))
                .Select(static field => field.Substring("user=".Length)),
        ];
    }

    private Task<RedisResult> DoAsync(string command)
    {
        var words = command.Split(' ');
        return _administrator.GetDatabase().ExecuteAsync(words[0], words.Skip(1).ToArray<object>());
    }
}
