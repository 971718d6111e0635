using System.Net;
using System.Net.Sockets;
using global::Chat.Redis;
using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.BrowserTests.Chat.Redis;

[Collection(nameof(EmbeddedRedisTests))]
public sealed class EmbeddedRedisTests
{
    private static readonly TimeSpan OffTime = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task StopFor_AnotherProgramTakesThePort_ComesBackWhenItIsFree()
    {
        using var redis = EmbeddedRedis.Start(_time);
        redis.StopFor(OffTime);
        using (var other = new TcpListener(IPAddress.Loopback, redis.Port))
        {
            other.Start();
            _time.Advance(OffTime);
        }

        await Assert.ThrowsAsync<SocketException>(() => PingAsync(redis.Port));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("+PONG", await PingAsync(redis.Port));

        redis.StopFor(OffTime);
        _time.Advance(OffTime);
        Assert.Equal("+PONG", await PingAsync(redis.Port));
    }

    private static async Task<string?> PingAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync();
    }
}

/// <summary>
/// Alone: an embedded Redis takes the first free port from its usual one up. The chats of other tests do so too, and
/// would take the port that is free here for a moment.
/// </summary>
[CollectionDefinition(nameof(EmbeddedRedisTests), DisableParallelization = true)]
public sealed class EmbeddedRedisTestsAlone;
