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

    private readonly GarnetServer _server;

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

            var server = new GarnetServer(new GarnetServerOptions
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
                EnableLua = true,
                LuaOptions = new LuaOptions(),
                // Without it the commands of two scripts interleave, and messages would be published out of the order of their ids.
                LuaTransactionMode = true,
                QuietMode = true,
            });
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

    public void Dispose() => _server.Dispose();

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
