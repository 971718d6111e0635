using System.Net;
using StackExchange.Redis.Configuration;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>A name in DNS moves to another server: every connection resolves the name again.</summary>
public sealed class MovingNameTests
{
    private const string Name = "redis.example";

    [RedisProcessFact]
    public async Task Connection_AfterTheNameHasMoved_GoesToTheNewServer()
    {
        await using var before = await RedisServerProcess.StartAsync();
        await using var after = await RedisServerProcess.StartAsync();
        var names = new Names { Port = before.Port };
        using var server = new TestServer(options =>
        {
            options.AppName = AppNames.Unique("moving");
            options.ConfigurationOptions = new ConfigurationOptions { EndPoints = { { Name, 6379 } }, Tunnel = names };
            options.LivenessTimeout = TimeSpan.FromSeconds(1);
        });
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");
        await server.PublishAsync("key", "before");
        await subscriber.WaitForAsync(1);

        names.Port = after.Port;
        await before.KillAsync();
        await server.PublishAsync("key", "after");
        await subscriber.WaitUntilAsync("after");

        Assert.Equal(["before", "after"], subscriber.Values);
    }

    /// <summary>Replaces the machine's resolver. It gets the name, never an address that was kept.</summary>
    private sealed class Names : Tunnel
    {
        private int _port;

        public int Port
        {
            get => Volatile.Read(ref _port);
            set => Volatile.Write(ref _port, value);
        }

        public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken)
        {
            Assert.Equal(Name, Assert.IsType<DnsEndPoint>(endpoint).Host);
            return new ValueTask<EndPoint?>(new IPEndPoint(IPAddress.Loopback, Port));
        }
    }
}
