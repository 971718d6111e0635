using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Infrastructure;

public sealed class RedisServerProcessTests
{
    [RedisProcessFact]
    public async Task Start_WithFurtherConfiguration_ServesWithIt()
    {
        await using var server = await RedisServerProcess.StartAsync("requirepass secret", "maxmemory 12345678");

        using var connection = await ConnectionMultiplexer.ConnectAsync(server.EndPoint + ",password=secret,allowAdmin=true");
        var maxMemory = await connection.GetServer(server.EndPoint).ConfigGetAsync("maxmemory");

        Assert.Equal("12345678", Assert.Single(maxMemory).Value);
    }

    [RedisProcessFact]
    public async Task Start_WithConfigurationThatRedisRefuses_FailsWithItsLog()
    {
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => RedisServerProcess.StartAsync("no-such-setting yes"));

        Assert.Contains("no-such-setting", exception.Message);
    }

    [RedisProcessFact]
    public async Task Restart_WithoutPersistence_ComesBackEmptyOnItsPort()
    {
        await using var server = await RedisServerProcess.StartAsync();
        var port = server.Port;
        await SetAsync(server, "key");
        Assert.Equal(1, await CountKeysAsync(server));

        await server.RestartAsync();

        Assert.Equal(port, server.Port);
        Assert.Equal(0, await CountKeysAsync(server));
    }

    [RedisProcessFact]
    public async Task Kill_WithClients_EndsTheProcess()
    {
        await using var server = await RedisServerProcess.StartAsync();
        using var process = Process.GetProcessById(server.ProcessId);

        await server.KillAsync();

        Assert.False(server.IsRunning);
        Assert.True(process.WaitForExit(5000));
    }

    [RedisProcessFact]
    public async Task Pause_UntilContinue_AnswersNothing()
    {
        await using var server = await RedisServerProcess.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);

        server.Pause();
        var ping = connection.GetDatabase().PingAsync();
        var first = await Task.WhenAny(ping, Task.Delay(300));
        server.Continue();

        Assert.NotSame(ping, first);
        await Eventually.CompletesAsync(ping, "the ping is answered");
    }

    [RedisProcessFact]
    public async Task Dispose_OfARunningServer_RemovesItsFolder()
    {
        var server = await RedisServerProcess.StartAsync();
        var folder = server.Folder;
        Assert.True(Directory.Exists(folder));

        await server.DisposeAsync();

        Assert.False(Directory.Exists(folder));
    }

    private static async Task SetAsync(RedisServerProcess server, string key)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        await connection.GetDatabase().StringSetAsync(key, "value");
    }

    private static async Task<long> CountKeysAsync(RedisServerProcess server)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        return await connection.GetServer(server.EndPoint).DatabaseSizeAsync();
    }
}
