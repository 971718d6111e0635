using System.Net.Sockets;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// The sockets of one attempt to connect. If they are closed, an attempt that the client library would await forever
/// ends. Thread-safe.
/// </summary>
internal sealed class AttemptSockets
{
    private readonly object _gate = new();
    private List<Socket>? _sockets = [];
    private bool _isGivenUp;

    /// <summary>The client library has made a socket.</summary>
    public void Add(Socket socket)
    {
        lock (_gate)
        {
            _sockets?.Add(socket);
            if (!_isGivenUp)
            {
                return;
            }
        }

        socket.Dispose();
    }

    /// <summary>The attempt has succeeded. The sockets, and those that follow, belong to the connection.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _sockets = null;
        }
    }

    /// <summary>Closes the sockets, and those that the attempt still makes.</summary>
    public void GiveUp()
    {
        List<Socket>? sockets;
        lock (_gate)
        {
            _isGivenUp = true;
            (sockets, _sockets) = (_sockets, null);
        }

        sockets?.ForEach(static socket => socket.Dispose());
    }
}
