using System.Net;
using System.Net.Sockets;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>A Redis that refuses says why. The status, the log and the exceptions contain the same words.</summary>
public sealed class RedisWordsTests
{
    [RedisProcessFact]
    public async Task TooManyClients_IsSaid()
    {
        await using var redis = await RedisServerProcess.StartAsync("maxclients 1");

        // Uses the only place. A plain socket, and no client of the library.
        using var other = await RespClient.ConnectAsync(redis.Port);

        await IsSaidAsync(redis, "max number of clients reached");
    }

    [RedisProcessTheory]
    [InlineData("READONLY", "replicaof 127.0.0.1 1", "replica-serve-stale-data yes")]
    [InlineData("MASTERDOWN", "replicaof 127.0.0.1 1", "replica-serve-stale-data no")]
    [InlineData("unknown command", "rename-command SUBSCRIBE \"\"")]
    public async Task ReplicaOrRefusedSubscribe_IsSaid(string words, params string[] configuration)
    {
        await using var redis = await RedisServerProcess.StartAsync(configuration);

        await IsSaidAsync(redis, words);
    }

    [RedisProcessFact]
    public async Task TlsAtAPlainPort_IsSaid()
    {
        await using var redis = await RedisServerProcess.StartAsync();

        await IsSaidAsync(redis, "The server speaks plain text at this port", options => options.Ssl = true);
    }

    [RedisProcessFact]
    public async Task ProtectedMode_IsSaid()
    {
        var address = Dns.GetHostAddresses(Dns.GetHostName())
            .FirstOrDefault(static own => own.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(own));
        Skip.If(address is null, "This machine has no address but the loopback.");

        // It applies to connections from other machines, and only if there is no password.
        await using var redis = await RedisServerProcess.StartAsync($"bind 127.0.0.1 {address}", "protected-mode yes");

        await IsSaidAsync(redis, "protected mode", options => options.Server = address.ToString());
    }

    [RedisProcessFact]
    public async Task FailedSnapshot_IsSaid()
    {
        await using var redis = await RedisServerProcess.StartAsync("stop-writes-on-bgsave-error yes", "save 3600 1");
        using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true");
        var database = administrator.GetDatabase();
        await database.StringSetAsync("key", "value");
        await MakeSnapshotsFailAsync(redis, administrator);

        await IsSaidAsync(redis, "MISCONF");
    }

#if NET // On Mono, connecting takes so long that Redis had loaded its data, for 30 s, before it was reported.
    [RedisProcessFact]
    public async Task Loading_IsSaid()
    {
        // It loads for longer than any attempt of the test takes: 10 ms for each key. Meanwhile it looks at its
        // connections after every kilobyte.
        await using var redis = await RedisServerProcess.StartAsync(
            "enable-debug-command yes", "key-load-delay 10000", "loading-process-events-interval-bytes 1024");
        using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.EndPoint + ",allowAdmin=true");
        await administrator.GetDatabase().ExecuteAsync("DEBUG", "POPULATE", "20000", "key", "100");
        var reload = administrator.GetDatabase().ExecuteAsync("DEBUG", "RELOAD");

        await IsSaidAsync(redis, "LOADING");

        // The connection ends with Redis, which would go on for minutes.
        await redis.KillAsync();
        _ = await Record.ExceptionAsync(() => Eventually.CompletesAsync(reload, "the connection ends"));
    }
#endif

    // A folder is in the place of the file.
    private static async Task MakeSnapshotsFailAsync(RedisServerProcess redis, ConnectionMultiplexer administrator)
    {
        Directory.CreateDirectory(Path.Combine(redis.Folder, "dump.rdb", "full"));
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                _ = await Record.ExceptionAsync(() => administrator.GetDatabase().ExecuteAsync("BGSAVE"));
                var info = await administrator.GetServers()[0].InfoRawAsync("persistence");
                return info!.Contains("rdb_last_bgsave_status:err", StringComparison.Ordinal);
            },
            "a snapshot has failed");
    }

    private static async Task IsSaidAsync(RedisServerProcess redis, string words, Action<RedisBackplaneOptions>? configure = null)
    {
        using var server = new TestServer(options =>
        {
            options.Server = RedisServerProcess.Host;
            options.Port = redis.Port;
            options.AppName = AppNames.Unique("words");
            options.PublishTimeout = TimeSpan.FromSeconds(3);
            configure?.Invoke(options);
        });

        // Without regard to case: the client library calls LOADING "Loading" if that answer ends a connection.
        var (outcome, told) = await RefusedPublish.UntilToldAsync(
            server,
            () => server.PublishAsync("key", "hello"),
            (exception, _) => exception?.Message.Contains(words, StringComparison.OrdinalIgnoreCase) == true);

        Assert.Contains(words, outcome!.Message, StringComparison.OrdinalIgnoreCase);
        await Eventually.BecomesTrueAsync(
            () => server.Bus.Status.LastError?.Contains(words, StringComparison.OrdinalIgnoreCase) == true, "the status says it");
        await Eventually.BecomesTrueAsync(
            () => server.Logs.ToString()!.Contains(words, StringComparison.OrdinalIgnoreCase), "the log says it", TimeSpan.FromSeconds(30));
    }
}
