using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RedisBackplane.IntegrationTests.Infrastructure;

public sealed class TcpProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly EchoServer _server = new();
    private TcpProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _proxy = TcpProxy.Start("127.0.0.1", _server.Port);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Pass_WithoutFaults_CarriesAndCountsBothWays()
    {
        using var client = await ConnectAsync();

        await client.EchoAsync(5);

        Assert.Equal(5, _proxy.BytesToServer);
        Assert.Equal(5, _proxy.BytesToClient);
        Assert.Equal(1, _proxy.OpenConnections);
        Assert.Equal(1, _proxy.AcceptedConnections);
    }

    [Fact]
    public async Task CutAll_WithAnOpenConnection_ResetsItAndTakesTheNext()
    {
        using var client = await ConnectAsync();
        await client.EchoAsync(1);

        Assert.Equal(1, _proxy.CutAll());

        await Assert.ThrowsAnyAsync<IOException>(() => client.ReceiveAsync(1));
        using var next = await ConnectAsync();
        await next.EchoAsync(1);
    }

    [Fact]
    public async Task RefuseNew_UntilAcceptNew_RefusesNewConnectionsAndKeepsOpenOnes()
    {
        using var client = await ConnectAsync();
        await client.EchoAsync(1);

        _proxy.RefuseNew();
        await Assert.ThrowsAnyAsync<SocketException>(ConnectAsync);
        await client.EchoAsync(1);

        _proxy.AcceptNew();
        using var next = await ConnectAsync();
        await next.EchoAsync(1);
    }

    /// <summary>Repeated many times, because the proxy may or may not have noticed the client.</summary>
    [Fact]
    public async Task RefuseNewAndCutAll_RightAfterAConnect_LeaveNobodyConnected()
    {
        for (var i = 0; i < 100; i++)
        {
            using var client = await ConnectAsync();
            _proxy.RefuseNew();
            _proxy.CutAll();

            await Assert.ThrowsAnyAsync<IOException>(() => client.ReceiveAsync(1));
            _proxy.AcceptNew();
        }
    }

    [Fact]
    public async Task Stall_UntilResume_HoldsEveryByte()
    {
        using var client = await ConnectAsync();

        _proxy.Stall(ProxyDirections.ToClient);
        await client.SendAsync(1000);
        await Eventually.BecomesTrueAsync(() => _proxy.BytesToServer == 1000, "the server's direction still passes");
        Assert.False(await client.ReceivesAnythingAsync(Silence));

        _proxy.Resume();
        await client.ReceiveAsync(1000);
    }

    [Fact]
    public async Task Blackhole_UntilResume_SwallowsWhatCame()
    {
        using var client = await ConnectAsync();
        await client.EchoAsync(1);

        _proxy.Blackhole(ProxyDirections.ToServer);
        await client.SendAsync(1000);
        await Eventually.BecomesTrueAsync(() => _proxy.BytesSwallowed == 1000, "they are swallowed");
        Assert.False(await client.ReceivesAnythingAsync(Silence));

        _proxy.Resume();
        await client.EchoAsync(7);
        Assert.Equal(8, _proxy.BytesToServer);
        Assert.False(await client.ReceivesAnythingAsync(Silence));
    }

    [Fact]
    public async Task Delay_InOneDirection_HoldsBytesThatLongAndKeepsThem()
    {
        var delay = TimeSpan.FromMilliseconds(150);
        using var client = await ConnectAsync();
        _proxy.Delay(delay, ProxyDirections.ToClient);
        var watch = Stopwatch.StartNew();

        await client.EchoAsync(100_000);

        // Timers use a coarser clock and may fire a little early.
        Assert.InRange(watch.Elapsed, delay - TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Dispose_WhileStalled_ClosesEverything()
    {
        using var client = await ConnectAsync();
        _proxy.Stall();
        await client.SendAsync(10);

        await _proxy.DisposeAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => client.ReceiveAsync(1));
    }

    private async Task<Client> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
            return new Client(client);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private sealed class Client(TcpClient connection) : IDisposable
    {
        private readonly NetworkStream _stream = connection.GetStream();
        private Task<int>? _pendingRead;
        private readonly byte[] _buffer = new byte[4096];

        public void Dispose() => connection.Dispose();

        public Task SendAsync(int count) => _stream.WriteAsync(new byte[count], 0, count);

        public async Task EchoAsync(int count)
        {
            await SendAsync(count);
            await ReceiveAsync(count);
        }

        /// <summary>Reads an exact number of bytes; the end of the stream is an exception.</summary>
        public async Task ReceiveAsync(int count)
        {
            while (count > 0)
            {
                var read = await Eventually.CompletesAsync(ReadAsync(), "bytes come through the proxy");
                _pendingRead = null;
                count -= read > 0 ? read : throw new EndOfStreamException();
            }

            Assert.Equal(0, count);
        }

        public async Task<bool> ReceivesAnythingAsync(TimeSpan within) =>
            await Task.WhenAny(ReadAsync(), Task.Delay(within)) == _pendingRead;

        private Task<int> ReadAsync() => _pendingRead ??= _stream.ReadAsync(_buffer, 0, _buffer.Length);
    }

    /// <summary>Sends back what it gets.</summary>
    private sealed class EchoServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public EchoServer()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = EchoAsync(await _listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The listener was stopped: the end of the test.
            }
        }

        private static async Task EchoAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await client.GetStream().CopyToAsync(client.GetStream());
                }
                catch (IOException)
                {
                    // The proxy cut the connection, as the test intended.
                }
            }
        }
    }
}
