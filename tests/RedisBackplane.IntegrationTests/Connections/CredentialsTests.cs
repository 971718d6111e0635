using RedisBackplane.IntegrationTests.Servers;
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Credentials that the application's callback gives.</summary>
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
        Skip.If(TestRedisSource.ProcessSkipReason is not null, TestRedisSource.ProcessSkipReason);
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
        using var server = StartServer(_ => Task.FromResult(new RedisCredentials("first", password)));
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
        var asked = 0;
        using var server = StartServer(
            _ => Task.FromResult(++asked == 1
                ? new RedisCredentials("first", "one-Pa55word", DateTimeOffset.UtcNow.AddSeconds(4))
                : new RedisCredentials("second", "two-Pa55word")),
            protocol);
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");
        Assert.Equal("first", await UserOfCommandsAsync());

        await Eventually.BecomesTrueAsync(
            () => server.Logs.Lines.Any(line => line.Event.Id == RenewedEvent), "the credentials are renewed");
        Assert.Equal("second", await UserOfCommandsAsync());
        Assert.Equal((0, 2), (server.Bus.Status.Reconnects, asked));

        // With RESP2 the connection of the channel is still the first one's, and ends with him.
        await DoAsync("ACL DELUSER first");
        await server.PublishAsync("key", "hello");
        await subscriber.WaitForAsync(1);
        Assert.Equal(2, asked);
        Assert.DoesNotContain("Pa55word", server.Logs.ToString(), StringComparison.Ordinal);
    }

    [RedisProcessFact]
    public async Task Renewal_ThatFails_IsToldAndTriedAgain()
    {
        var asked = 0;
        using var server = StartServer(_ => ++asked switch
        {
            1 => Task.FromResult(new RedisCredentials("first", "one-Pa55word", DateTimeOffset.UtcNow.AddSeconds(2))),
            2 => Task.FromException<RedisCredentials>(new InvalidOperationException("no token")),
            _ => Task.FromResult(new RedisCredentials("second", "two-Pa55word")),
        });
        await server.ConnectedAsync();

        await Eventually.BecomesTrueAsync(
            () => server.Logs.Lines.Any(line => line.Event.Id == RenewedEvent), "the credentials are renewed");

        var notRenewed = Assert.Single(server.Logs.Lines, line => line.Event.Id == NotRenewedEvent);
        Assert.Contains("no token", notRenewed.Text, StringComparison.Ordinal);
        Assert.Equal("second", await UserOfCommandsAsync());
    }

    [RedisProcessFact]
    public async Task Connection_WhileTheCallbackFails_IsTriedAgainAndSaysWhy()
    {
        var asked = 0;
        using var server = StartServer(_ => ++asked < 3
            ? throw new InvalidOperationException("no token yet")
            : Task.FromResult(new RedisCredentials("first", "one-Pa55word")));

        await server.ConnectedAsync();

        Assert.Contains(server.Logs.Lines, line => line.Event.Id == 1003 && line.Text.Contains("no token yet"));
    }

    private TestServer StartServer(Func<CancellationToken, Task<RedisCredentials>> provider, string protocol = "resp2") => new(options =>
    {
        options.AppName = _appName;
        options.ConnectionString = $"{_redis.EndPoint},protocol={protocol},name=the-bus";
        options.CredentialsProvider = provider;
        options.LivenessTimeout = TimeSpan.FromSeconds(1);
    });

    private async Task<string> UserOfCommandsAsync()
    {
        var clients = (string)(await DoAsync("CLIENT LIST TYPE normal"))! + (string)(await DoAsync("CLIENT LIST TYPE pubsub"))!;
        var commands = clients.Split('\n')
            .Where(line => line.Contains(" name=the-bus"))
            .OrderBy(line => line.Contains(" sub=1 ") ? 1 : 0)
            .First();
        return commands.Split(' ').Single(field => field.StartsWith("user=", StringComparison.Ordinal)).Substring("user=".Length);
    }

    private Task<RedisResult> DoAsync(string command)
    {
        var words = command.Split(' ');
        return _administrator.GetDatabase().ExecuteAsync(words[0], words.Skip(1).ToArray<object>());
    }
}
