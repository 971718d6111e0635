#if NET
using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>
/// Microsoft Garnet in this process. It supports Redis's protocol and scripts, but no Redis Streams, no sharded pub/sub
/// and no WAIT.
/// </summary>
internal sealed class GarnetTopology : RedisTopology
{
    private const int StartAttempts = 5;

    private int _port;
    private GarnetServer? _server;

    public override string ConnectionString => FormattableString.Invariant($"127.0.0.1:{_port}");

    public override Task StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = _port == 0 ? LoopbackPort.PickFree() : _port;
            try
            {
                _server = Start(port);
                _port = port;
                return Task.CompletedTask;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse && attempt < StartAttempts)
            {
                // Another program took the port between the check and the start.
            }
        }
    }

    public override Task StopAsync()
    {
        ChildProcess.WhileNoneStarts(() => _server?.Dispose());
        _server = null;
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => new(StopAsync());

    private static GarnetServer Start(int port)
    {
        var options = new GarnetServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
            EnableLua = true,
            LuaOptions = new LuaOptions(),

            // Without this, the commands of two scripts interleave, and ids and messages would have different orders.
            LuaTransactionMode = true,
            QuietMode = true,
        };
        var server = new GarnetServer(options);
        try
        {
            server.Start();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }
}
#endif
