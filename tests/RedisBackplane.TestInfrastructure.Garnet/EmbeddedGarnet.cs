using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Microsoft Garnet in this process, on the loopback interface. It supports Redis's protocol and scripts, but no Redis
/// Streams, no sharded pub/sub and no WAIT.
/// </summary>
public sealed class EmbeddedGarnet : IDisposable
{
    private const int StartAttempts = 5;

    private int _port;
    private GarnetServer? _server;

    public string ConnectionString => FormattableString.Invariant($"127.0.0.1:{_port}");

    /// <summary>Starts it with empty memory. After a stop, it has the same port as before.</summary>
    public void Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = _port == 0 ? LoopbackPort.PickFree() : _port;
            try
            {
                _server = Start(port);
                _port = port;
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse && attempt < StartAttempts)
            {
                // Another program took the port between the check and the start.
            }
        }
    }

    /// <summary>Stops it. What it stored is lost.</summary>
    public void Dispose()
    {
        ChildProcess.WhileNoneStarts(() => _server?.Dispose());
        _server = null;
    }

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
