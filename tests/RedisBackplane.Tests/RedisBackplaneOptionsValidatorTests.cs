using Microsoft.Extensions.Options;
using Moq;

namespace RedisBackplane.Tests;

public sealed class RedisBackplaneOptionsValidatorTests
{
    public static TheoryData<Action<RedisBackplaneOptions>, string[]> Wrong => new()
    {
        { o => o.AppName = string.Empty, ["AppName", "empty"] },
        { o => o.AppName = "  ", ["AppName", "empty"] },
        { o => o.AppName = "a{b", ["AppName", "index 1", "U+007B"] },
        { o => o.AppName = "a}b", ["AppName", "U+007D"] },
        { o => o.AppName = "a\nb", ["AppName", "index 1", "U+000A"] },
        { o => o.AppName = new string('a', 257), ["AppName", "257", "256"] },
        { o => o.Server = " ", ["Server", "empty"] },
        { o => o.Server = "host:6379", ["Server", "Port"] },
        { o => o.Server = "host,ssl=true", ["Server", "ConnectionString"] },
        { o => o.Port = 0, ["Port is 0", "65535"] },
        { o => o.Port = 65536, ["Port is 65536"] },
        { o => o.Database = -1, ["Database is -1"] },
        { o => o.ConnectionFactoryOwnership = (ConnectionOwnership)7, ["ConnectionFactoryOwnership is 7"] },
        { o => o.ConnectionString = "localhost,channelPrefix=app:", ["ConnectionString", "channelPrefix"] },
        { o => o.ConnectionString = "localhost,abortConnect=perhaps", ["ConnectionString", "understands"] },
        { o => o.ConnectionString = string.Empty, ["ConnectionString", "no server"] },
        { o => o.ConnectionString = "abortConnect=false", ["ConnectionString", "no server"] },
        { o => o.ConnectionString = "redis://user:secret@host", ["ConnectionString is a URL"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", "secret@b"], 2), ["ConnectionStrings[1] contains an @"] },
        { o => o.ConfigurationOptions = new ConfigurationOptions { EndPoints = { "secret@b" } }, ["neither a host name"] },
        { o => o.ConfigurationOptions = new ConfigurationOptions(), ["ConfigurationOptions", "no server"] },
        {
            o => o.ConfigurationOptions = new ConfigurationOptions
            {
                EndPoints = { "localhost" }, ChannelPrefix = RedisChannel.Literal("x"),
            },
            ["ConfigurationOptions", "channelPrefix"]
        },
        { o => o.Connection = Live("localhost:6379,channelPrefix=p:"), ["Connection", "channelPrefix"] },
        { o => (o.ConnectionString, o.Database) = ("localhost,defaultDatabase=3", 4), ["Database 4", "3"] },
        { o => (o.ConnectionString, o.Port) = ("localhost", 6380), ["Port and ConnectionString", "one way"] },
        { o => (o.ConnectionString, o.Connection) = ("localhost", Live("localhost")), ["ConnectionString and Connection", "one way"] },
        { o => (o.Ssl, o.ConnectionFactory) = (true, _ => Task.FromResult(Live("x"))), ["Ssl and ConnectionFactory"] },
        { o => (o.WireFormat, o.ShardedPubSub) = (WireFormat.Legacy, ShardedPubSub.On), ["ShardedPubSub is On", "WireFormat is Legacy"] },
        { o => o.WireFormat = (WireFormat)3, ["WireFormat is 3", "Legacy"] },
        { o => (o.WireFormat, o.StreamCount) = (WireFormat.Legacy, 2), ["StreamCount is 2", "WireFormat is Legacy"] },
        { o => o.StreamCount = 0, ["StreamCount is 0", "from 1 to 64"] },
        { o => o.StreamCount = 65, ["StreamCount is 65"] },
        { o => o.ConnectionStrings = [], ["ConnectionStrings is empty"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", "b"], 1), ["ConnectionStrings lists 2", "StreamCount is 1", "2 or more"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", " "], 2), ["ConnectionStrings[1] is empty"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", null!], 2), ["ConnectionStrings[1] is empty"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", "b", "a"], 3), ["ConnectionStrings[2]", "ConnectionStrings[0]"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", "b,abortConnect=perhaps"], 2), ["ConnectionStrings[1]", "understands"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", "b,channelPrefix=p:"], 2), ["ConnectionStrings[1]", "channelPrefix"] },
        { o => (o.ConnectionStrings, o.StreamCount) = (["a", "ssl=true"], 2), ["ConnectionStrings[1]", "no server"] },
        {
            o => (o.ConnectionStrings, o.StreamCount, o.Database) = (["a", "b,defaultDatabase=3"], 2, 4),
            ["Database 4", "3", "ConnectionStrings[1]"]
        },
        { o => (o.ConnectionStrings, o.ConnectionString) = (["a"], "b"), ["ConnectionString and ConnectionStrings", "one way"] },
        { o => (o.ConnectionStrings, o.Password) = (["a"], "x"), ["Password and ConnectionStrings", "one way"] },
        { o => o.MaxBatchMessages = 0, ["MaxBatchMessages is 0"] },
        { o => o.MaxBatchBytes = 1023, ["MaxBatchBytes is 1023"] },
        { o => o.MaxMessageBytes = 1023, ["MaxMessageBytes is 1023", "512 MiB"] },
        { o => o.MaxCallsInFlight = 33, ["MaxCallsInFlight is 33"] },
        { o => o.QueuePolicy = (QueuePolicy)9, ["QueuePolicy is 9"] },
        { o => o.MaxQueueMessages = 0, ["MaxQueueMessages is 0"] },
        { o => o.MaxQueueBytes = 1, ["MaxQueueBytes is 1"] },
        { o => o.PublishTimeout = TimeSpan.Zero, ["PublishTimeout is 00:00:00"] },
        { o => o.HistoryMaxBytes = 1, ["HistoryMaxBytes is 1"] },
        { o => o.HistoryMaxBytes = long.MaxValue, ["HistoryMaxBytes is 9223372036854775807", "1024 GiB"] },
        { o => o.ConnectionString = "a:1,defaultDatabase=-1", ["database in ConnectionString is -1", "65535"] },
        { o => o.ConfigurationOptions = new() { EndPoints = { "a:1" }, DefaultDatabase = 65536 }, ["ConfigurationOptions is 65536"] },
        { o => o.HistoryTimeToLive = TimeSpan.Zero, ["HistoryTimeToLive"] },
        { o => o.RepublishMaxBytes = -1, ["RepublishMaxBytes is -1"] },
        { o => o.RepublishWindow = TimeSpan.FromHours(1), ["RepublishWindow is 01:00:00"] },
        { o => o.WaitForReplicas = -1, ["WaitForReplicas is -1"] },
        { o => o.LivenessTimeout = TimeSpan.Zero, ["LivenessTimeout"] },
        { o => o.ShutdownTimeout = TimeSpan.FromMinutes(2), ["ShutdownTimeout is 00:02:00"] },
        { o => o.MaxLogMessages = 0, ["MaxLogMessages is 0"] },
        { o => o.MaxLogBytes = 0, ["MaxLogBytes is 0"] },
        { o => (o.CredentialsProvider, o.Password) = (Provider, "secret"), ["CredentialsProvider", "and Password give"] },
        {
            o => (o.CredentialsProvider, o.ConnectionString) = (Provider, "a:1,password=secret"),
            ["CredentialsProvider", "ConnectionString give"]
        },
        {
            o => (o.CredentialsProvider, o.ConnectionStrings, o.StreamCount) = (Provider, ["a:1", "b:1,user=me"], 2),
            ["ConnectionStrings give"]
        },
        { o => (o.CredentialsProvider, o.Connection) = (Provider, Live("localhost")), ["CredentialsProvider", "the application makes"] },
        { o => (o.WireFormat, o.AuthenticationKeys) = (WireFormat.Legacy, [Key(32)]), ["AuthenticationKeys", "WireFormat is Legacy"] },
        { o => o.AuthenticationKeys = null!, ["AuthenticationKeys is null"] },
        { o => o.AuthenticationKeys.Add(null!), ["AuthenticationKeys[0] is null"] },
        { o => o.AuthenticationKeys.Add(Key(31)), ["AuthenticationKeys[0] has 31 bytes", "32", "1024"] },
        { o => o.AuthenticationKeys = [Key(32), Key(1025)], ["AuthenticationKeys[1] has 1025 bytes"] },
        { o => o.AuthenticationKeys.Add(new byte[32]), ["AuthenticationKeys[0]", "random"] },
        { o => o.AuthenticationKeys = [.. Enumerable.Repeat(Key(32), 9)], ["AuthenticationKeys.Count is 9", "8"] },
    };

    public static TheoryData<Action<RedisBackplaneOptions>> Right =>
    [
        _ => { },
        o => o.AppName = "Ünïcode app.name:1",
        o => o.Server = "::1",
        o => (o.Server, o.Port, o.User, o.Password, o.Ssl, o.Database) = ("redis", 1, "user", "secret", true, 15),
        o => o.ConnectionString = "a:1,b:2,serviceName=mymaster,password=secret",
        o => (o.ConnectionString, o.Database) = ("localhost,defaultDatabase=3", 3),
        o => o.Connection = Live("localhost:6379"),
        o => o.ConnectionFactory = _ => Task.FromResult(Live("localhost")),
        o => o.HistoryMaxBytes = 0,
        o => o.StreamCount = 64,
        o => (o.ConnectionStrings, o.StreamCount) = (["a:1,password=secret", "b:1,password=secret"], 5),
        o => o.AuthenticationKeys = [Key(32), Key(1024)],
        o => (o.CredentialsProvider, o.ConnectionString) = (Provider, "a:1,ssl=true"),
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WrongSetting_NamesItAndItsValue(Action<RedisBackplaneOptions> set, string[] words)
    {
        var options = new RedisBackplaneOptions { AppName = "Chat" };
        set(options);

        var result = new RedisBackplaneOptionsValidator().Validate(null, options);

        Assert.True(result.Failed);
        var failure = Assert.Single(result.Failures!);
        Assert.All(words, word => Assert.Contains(word, failure, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void Validate_RightSettings_Succeeds(Action<RedisBackplaneOptions> set)
    {
        var options = new RedisBackplaneOptions { AppName = "Chat" };
        set(options);

        Assert.Equal(ValidateOptionsResult.Success, new RedisBackplaneOptionsValidator().Validate("any name", options));
    }

    [Theory]
    [InlineData("localhost,password=hunter2,abortConnect=perhaps", "localhost")]
    [InlineData("localhost,password=hunter2,channelPrefix=x", "localhost")]
    [InlineData(null, "localhost,password=hunter2")]
    public void Validate_WrongBesideAPassword_NeverShowsIt(string? connectionString, string server)
    {
        var options = new RedisBackplaneOptions
        {
            AppName = string.Empty, ConnectionString = connectionString, Server = server, Password = "hunter2", Port = 0,
        };

        var result = new RedisBackplaneOptionsValidator().Validate(null, options);

        Assert.True(result.Failures!.Count() > 1, "Every fault is told at once.");
        Assert.All(result.Failures!, failure => Assert.DoesNotContain("hunter2", failure, StringComparison.Ordinal));
    }

    /// <summary>The arguments of UseRedis were swapped.</summary>
    [Theory]
    [InlineData("redis:6379,password=hunter2")]
    [InlineData("redis:6379,Password=hunter2{x")]
    [InlineData("redis://:hunter2@redis:6379")]
    [InlineData("rediss://:hunter2{x@redis")]
    public void Validate_AppNameThatIsAConnectionString_IsRefusedAndNotShown(string appName)
    {
        var options = new RedisBackplaneOptions { AppName = appName, ConnectionString = "Chat" };

        var failure = Assert.Single(new RedisBackplaneOptionsValidator().Validate(null, options).Failures!);

        Assert.Contains("AppName is a connection string", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AppNameThatIsAPassword_IsNotShown()
    {
        var options = new RedisBackplaneOptions { AppName = "hunter2{x", Password = "Chat" };

        var failure = Assert.Single(new RedisBackplaneOptionsValidator().Validate(null, options).Failures!);

        Assert.DoesNotContain("hunter2", failure, StringComparison.Ordinal);
    }

    /// <summary>The bus names its database with each call.</summary>
    [Fact]
    public void Validate_ConnectionWithAnotherDefaultDatabase_Succeeds()
    {
        var connection = Mock.Of<IConnectionMultiplexer>(live => live.Configuration == "redis:6379,defaultDatabase=3");
        var options = new RedisBackplaneOptions { AppName = "Chat", Connection = connection, Database = 4 };

        Assert.True(new RedisBackplaneOptionsValidator().Validate(null, options).Succeeded);
    }

    [Theory]
    [InlineData("b,password=hunter2,abortConnect=perhaps")]
    [InlineData("b,password=hunter2,channelPrefix=x")]
    [InlineData("a,password=hunter2")]
    public void Validate_WrongServerInTheList_NeverShowsItsPassword(string second)
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", ConnectionStrings = ["a,password=hunter2", second], StreamCount = 2 };

        var failure = Assert.Single(new RedisBackplaneOptionsValidator().Validate(null, options).Failures!);

        Assert.Contains("ConnectionStrings[1]", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_WrongKey_IsNotShown()
    {
        var options = new RedisBackplaneOptions
        {
            AppName = "Chat", AuthenticationKeys = [[0xAB, 0xCD], [.. Enumerable.Repeat((byte)171, 40)]],
        };

        var failures = string.Concat(new RedisBackplaneOptionsValidator().Validate(null, options).Failures!);

        Assert.All(["AB", "q80", "171"], part => Assert.DoesNotContain(part, failures, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Validate_Null_Throws() =>
        Assert.Throws<ArgumentNullException>(() => new RedisBackplaneOptionsValidator().Validate(null, null!));

    private static Task<RedisCredentials> Provider(CancellationToken cancellationToken) =>
        Task.FromResult(new RedisCredentials(null, "secret"));

    private static byte[] Key(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private static IConnectionMultiplexer Live(string configuration) =>
        Mock.Of<IConnectionMultiplexer>(multiplexer => multiplexer.Configuration == configuration);
}
