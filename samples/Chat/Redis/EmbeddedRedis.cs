using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.common;
using Garnet.server;

namespace Chat.Redis;

/// <summary>Microsoft Garnet, a Redis-compatible server, in this process: in memory, on the loopback address.</summary>
internal sealed class EmbeddedRedis : IDisposable
{
    /// <summary>A number, because "localhost" may first resolve to an IPv6 address on which nothing listens.</summary>
    internal const string Host = "127.0.0.1";

    // Near Redis's own port, so that it is easy to read and to type. The command line passes it to other processes.
    private const int FirstPort = 6380;
    private const int LastPort = 6399;

    /// <summary>How often it tries to come back while another program uses its port.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private GarnetServer _server;
    private ITimer? _restart;
    private bool _isDisposed;

    private EmbeddedRedis(GarnetServer server, int port, TimeProvider time)
    {
        _server = server;
        Port = port;
        _time = time;
    }

    public int Port { get; }

    /// <exception cref="StartException">No port is free for it, or it cannot run on this machine.</exception>
    public static EmbeddedRedis Start(TimeProvider time)
    {
        for (var port = FirstPort; port <= LastPort; port++)
        {
            if (!IsFree(port))
            {
                continue;
            }

            var server = Create(port);
            try
            {
                server.Start();
                return new EmbeddedRedis(server, port, time);
            }
            catch (GarnetException) when (!IsFree(port))
            {
                // Another program was quicker. Tries the next port.
                server.Dispose();
            }
        }

        throw new StartException(
            $"The ports {FirstPort} to {LastPort} are all in use, so that the embedded server finds no place. "
            + "Name a Redis with --redis HOST:PORT.");
    }

    /// <summary>
    /// Stops the server for a while, as if its power failed: everything in its memory is lost. Does nothing if it is
    /// already stopped.
    /// </summary>
    public void StopFor(TimeSpan time)
    {
        lock (_lock)
        {
            if (_restart is null && !_isDisposed)
            {
                _restart = _time.CreateTimer(_ => TryRestart(), null, time, RetryInterval);
                _server.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            if (_restart is null)
            {
                _server.Dispose();
            }
            else
            {
                _restart.Dispose();
            }
        }
    }

    private void TryRestart()
    {
        lock (_lock)
        {
            if (_isDisposed || _restart is null || !IsFree(Port))
            {
                return;
            }

            var server = Create(Port);
            try
            {
                server.Start();
            }
            catch (GarnetException) when (!IsFree(Port))
            {
                // Another program was quicker. It may have ended a second later.
                server.Dispose();
                return;
            }

            _server = server;
            _restart.Dispose();
            _restart = null;
        }
    }

    private static GarnetServer Create(int port) => new(new GarnetServerOptions
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        EnableLua = true,
        LuaOptions = new LuaOptions(),
        // Without this, the commands of two scripts interleave, and messages would not be published in the order of
        // their ids.
        LuaTransactionMode = true,
        QuietMode = true,
    });

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
