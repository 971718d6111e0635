using System.Net;
using System.Net.Sockets;
#if !NET
using System.Runtime.InteropServices;
#endif
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// The numbers of bytes that the sockets of a connection have carried, as the operating system counts them. They
/// distinguish a connection on which a large message is under way from a dead one. On a system that does not report
/// them, they are 0. Thread-safe.
/// </summary>
internal sealed class SocketTraffic
{
    private const int MostBytes = 256;

    private readonly List<(EndPoint Server, ConnectionType Type, WeakReference<Socket> Socket)> _sockets = [];

    /// <summary>The client library has made a socket.</summary>
    public void Add(EndPoint server, ConnectionType type, Socket socket)
    {
        lock (_sockets)
        {
            _sockets.RemoveAll(static known => !known.Socket.TryGetTarget(out _));
            _sockets.Add((server, type, new WeakReference<Socket>(socket)));
        }
    }

    /// <summary>The bytes of the sockets of a type. They fall when one of the sockets is closed.</summary>
    /// <param name="server">The server that the sockets lead to; null for any.</param>
    public SocketBytes Of(ConnectionType type, EndPoint? server = null)
    {
        lock (_sockets)
        {
            var (received, sent) = (0L, 0L);
            foreach (var (to, ofType, reference) in _sockets)
            {
                if (ofType == type && (server is null || server.Equals(to)) && reference.TryGetTarget(out var socket))
                {
                    var bytes = Of(socket);
                    (received, sent) = (received + bytes.Received, sent + bytes.Sent);
                }
            }

            return new(received, sent);
        }
    }

    private static SocketBytes Of(Socket socket)
    {
        try
        {
            return Environment.OSVersion.Platform == PlatformID.Win32NT ? OnWindows(socket) : OnLinux(socket);
        }
        catch (Exception exception)
            when (exception is SocketException or ObjectDisposedException or NotSupportedException or InvalidOperationException)
        {
            // The socket is closed or not connected yet, or the system does not report it.
            return default;
        }
    }

    // struct tcp_info of linux/tcp.h; tcpi_bytes_acked and tcpi_bytes_received exist since Linux 4.1.
    private static SocketBytes OnLinux(Socket socket)
    {
        const int TcpLevel = 6, TcpInfo = 11, BytesAcked = 120, BytesReceived = 128;
        var info = new byte[MostBytes];
#if NET
        var length = OperatingSystem.IsLinux() ? socket.GetRawSocketOption(TcpLevel, TcpInfo, info) : 0;
#else
        // On Mono a closed socket keeps its number, which may be that of another one by now.
        if (!socket.Connected)
        {
            return default;
        }

        var length = info.Length;
        length = GetSocketOption(socket.Handle.ToInt32(), TcpLevel, TcpInfo, info, ref length) == 0 ? length : 0;
#endif
        return length >= BytesReceived + sizeof(long)
            ? new(BitConverter.ToInt64(info, BytesReceived), BitConverter.ToInt64(info, BytesAcked))
            : default;
    }

    // TCP_INFO_v0 of mstcpip.h; exists since Windows 10 version 1703 and Windows Server 2019.
    private static SocketBytes OnWindows(Socket socket)
    {
        const int SioTcpInfo = unchecked((int)0xD8000027), BytesOut = 48, BytesIn = 56;
        var info = new byte[MostBytes];
        return socket.IOControl(SioTcpInfo, new byte[sizeof(int)], info) >= BytesIn + sizeof(long)
            ? new(BitConverter.ToInt64(info, BytesIn), BitConverter.ToInt64(info, BytesOut))
            : default;
    }

#if !NET
    // Mono has no method for an option that it does not know.
    [DllImport("libc", EntryPoint = "getsockopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetSocketOption(int socket, int level, int name, byte[] value, ref int length);
#endif
}
