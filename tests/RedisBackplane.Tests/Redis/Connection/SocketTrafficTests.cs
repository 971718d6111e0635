using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class SocketTrafficTests
{
    [Fact]
    public async Task Of_BytesThatNobodyHasReadYet_CountOnTheirTypeOfConnection()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && !RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
        {
            // No other system reports the numbers of bytes.
            return;
        }

        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var traffic = new SocketTraffic();
        traffic.Add(listener.LocalEndpoint, ConnectionType.Subscription, client);
        client.Connect(listener.LocalEndpoint);
        using var server = listener.AcceptSocket();
        Assert.Equal(0, traffic.Of(ConnectionType.Subscription).Received);

        // The connection itself counts as a byte on Linux.
        var connected = traffic.Of(ConnectionType.Subscription).Sent;
        server.Send(new byte[1000]);
        client.Send(new byte[500]);

        await Eventually.BecomesTrueAsync(
            () => traffic.Of(ConnectionType.Subscription) == new SocketBytes(1000, connected + 500), "the bytes are counted");
        Assert.Equal(default, traffic.Of(ConnectionType.Interactive));
        Assert.Equal(1000, traffic.Of(ConnectionType.Subscription, listener.LocalEndpoint).Received);
        Assert.Equal(default, traffic.Of(ConnectionType.Subscription, new IPEndPoint(IPAddress.Loopback, 1)));
        listener.Stop();
    }

    [Fact]
    public void Of_SocketIsClosed_IsNothingAndDoesNotThrow()
    {
        var traffic = new SocketTraffic();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        traffic.Add(new IPEndPoint(IPAddress.Loopback, 1), ConnectionType.Interactive, socket);

        Assert.Equal(default, traffic.Of(ConnectionType.Interactive));
        socket.Dispose();
        Assert.Equal(default, traffic.Of(ConnectionType.Interactive));
    }

    /// <summary>The system gives the number of a closed socket to the next one.</summary>
    [Fact]
    public async Task Of_AnotherSocketHasTheNumberOfAClosedOne_IsNothing()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (closed, served) = await ConnectAsync(listener);
        var number = closed.Handle;
        var traffic = new SocketTraffic();
        traffic.Add(listener.LocalEndpoint, ConnectionType.Interactive, closed);
        var open = new List<Socket> { served };
        closed.Dispose();

        // Other tests open sockets at the same time, so it may not be the next one.
        for (var i = 0; i < 50; i++)
        {
            var (client, server) = await ConnectAsync(listener);
            server.Send(new byte[100]);
            open.AddRange([client, server]);
            if (client.Handle == number || server.Handle == number)
            {
                break;
            }
        }

        Assert.Equal(default, traffic.Of(ConnectionType.Interactive));
        open.ForEach(socket => socket.Dispose());
        listener.Stop();
    }

    private static async Task<(Socket Client, Socket Server)> ConnectAsync(TcpListener listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accept = listener.AcceptSocketAsync();
        client.Connect(listener.LocalEndpoint);
        return (client, await accept);
    }
}
