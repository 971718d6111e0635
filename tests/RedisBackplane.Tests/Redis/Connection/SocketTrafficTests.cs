#if NET
using System.Net;
#endif
using System.Net.Sockets;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class SocketTrafficTests
{
#if NET
    [Fact]
    public async Task Received_BytesThatNobodyHasReadYet_CountOnTheirTypeOfConnection()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
        {
            // No other system reports the number of received bytes.
            return;
        }

        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var traffic = new SocketTraffic();
        traffic.Add(ConnectionType.Subscription, client);
        await client.ConnectAsync(listener.LocalEndpoint);
        using var server = await listener.AcceptSocketAsync();
        Assert.Equal(0, traffic.Received(ConnectionType.Subscription));

        await server.SendAsync(new byte[1000], SocketFlags.None);

        await Eventually.BecomesTrueAsync(() => traffic.Received(ConnectionType.Subscription) == 1000, "the bytes are counted");
        Assert.Equal(0, traffic.Received(ConnectionType.Interactive));
        listener.Stop();
    }
#endif

    [Fact]
    public void Received_SocketIsClosed_IsNothingAndDoesNotThrow()
    {
        var traffic = new SocketTraffic();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        traffic.Add(ConnectionType.Interactive, socket);

        Assert.Equal(0, traffic.Received(ConnectionType.Interactive));
        socket.Dispose();
        Assert.Equal(0, traffic.Received(ConnectionType.Interactive));
    }
}
