using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.common;
using Garnet.server;

namespace Chat.Redis;

/// <summary>Microsoft Garnet, a Redis-compatible server, inside this process: in memory, on the loopback address.</summary>
internal sealed class EmbeddedRedis : IDisposable
{
    /// <summary>By number: looking "localhost" up may try an IPv6 address first, where nothing listens, and wait for it.</summary>
    internal const string Host = "127.0.0.1";

    // Near Redis's own, so that it is easy to read and to type; the chat is told on the command line where it is.
    private const int FirstPort = 6380;
    private const int LastPort = 6399;

    private readonly Lock _lock = new();
    private GarnetServer _server;
    private bool _isStopped;
    private bool _isDisposed;

    private EmbeddedRedis(GarnetServer server, int port)
    {
        _server = server;
        Port = port;
    }

    public int Port { get; }

    /// <exception cref="StartException">No port is free for it, or it cannot run on this machine.</exception>
    public static EmbeddedRedis Start()
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
                return new EmbeddedRedis(server, port);
            }
            catch (GarnetException) when (!IsFree(port))
            {
                // Another program was quicker; the next port will do.
                server.Dispose();
            }
        }

        throw new StartException(
            $"The ports {FirstPort} to {LastPort} are all in use, so that the embedded server finds no place. "
            + "Name a Redis with --redis HOST:PORT.");
    }

    /// <summary>
    /// Stops the server for a while, as if somebody had pulled its plug: what it held in memory is gone. Does nothing while it is stopped
    /// already.
    /// </summary>
    public void StopFor(TimeSpan time)
    {
        lock (_lock)
        {
            if (_isStopped || _isDisposed)
            {
                return;
            }

            _isStopped = true;
            _server.Dispose();
        }

        _ = StartAfterAsync(time);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                if (!_isStopped)
                {
                    _server.Dispose();
                }
            }
        }
    }

    private async Task StartAfterAsync(TimeSpan time)
    {
        await Task.Delay(time);
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _server = Create(Port);
                _server.Start();
                _isStopped = false;
            }
        }
    }

    private static GarnetServer Create(int port) => new(new GarnetServerOptions
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        EnableLua = true,
        LuaOptions = new LuaOptions(),
        // Without it the commands of two scripts interleave, and messages would be published out of the order of their ids.
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
