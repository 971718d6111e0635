using System.Buffers.Binary;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// The number of bytes that the sockets of a connection have received, as the operating system counts them. It
/// distinguishes a connection on which a large message is arriving from a dead one. On a system that does not report
/// it, the number does not change. Thread-safe.
/// </summary>
internal sealed class SocketTraffic
{
    private const int MostBytes = 256;

    private readonly List<(ConnectionType Type, WeakReference<Socket> Socket)> _sockets = [];

    /// <summary>The client library has made a socket.</summary>
    public void Add(ConnectionType type, Socket socket)
    {
        lock (_sockets)
        {
            _sockets.RemoveAll(static known => !known.Socket.TryGetTarget(out _));
            _sockets.Add((type, new WeakReference<Socket>(socket)));
        }
    }

    /// <summary>The bytes that the sockets of a type have received. It falls when one of them is closed.</summary>
    public long Received(ConnectionType type)
    {
        lock (_sockets)
        {
            var sum = 0L;
            foreach (var (ofType, reference) in _sockets)
            {
                sum += ofType == type && reference.TryGetTarget(out var socket) ? Received(socket) : 0;
            }

            return sum;
        }
    }

    internal static long Received(Socket socket)
    {
        try
        {
            return ReceivedAsTold(socket);
        }
        catch (Exception exception)
            when (exception is SocketException or ObjectDisposedException or NotSupportedException or InvalidOperationException)
        {
            // The socket is closed or not connected yet, or the system does not report it.
            return 0;
        }
    }

#if NET
    private static long ReceivedAsTold(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            // struct tcp_info of linux/tcp.h; tcpi_bytes_received exists since Linux 4.1.
            const int TcpInfo = 11, BytesReceived = 128;
            var info = new byte[MostBytes];
            return socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info) >= BytesReceived + sizeof(long)
                ? (long)BitConverter.ToUInt64(info, BytesReceived)
                : 0;
        }

        return OperatingSystem.IsWindows() ? ReceivedOnWindows(socket) : 0;
    }
#else
    private static long ReceivedAsTold(Socket socket) =>
        Environment.OSVersion.Platform == PlatformID.Win32NT ? ReceivedOnWindows(socket) : 0;
#endif

    // TCP_INFO_v0 of mstcpip.h; exists since Windows 10 version 1703 and Windows Server 2019.
    private static long ReceivedOnWindows(Socket socket)
    {
        const int SioTcpInfo = unchecked((int)0xD8000027), BytesIn = 56;
        var info = new byte[MostBytes];
        return socket.IOControl(SioTcpInfo, new byte[sizeof(int)], info) >= BytesIn + sizeof(long)
            ? BinaryPrimitives.ReadInt64LittleEndian(info.AsSpan(BytesIn))
            : 0;
    }
}
