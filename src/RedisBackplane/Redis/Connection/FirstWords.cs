using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Asks a server that refuses connections for the reason. Redis writes one line before it closes a connection
/// (protected mode, too many clients), and the client library does not pass the line on. No password is sent.
/// Stateless.
/// </summary>
internal static class FirstWords
{
    private const int MostBytes = 512;
    private const byte TlsAlert = 0x15;
    private static readonly byte[] Ping = Encoding.ASCII.GetBytes("PING\r\n");

    /// <summary>The reason that the server gives, as a sentence; null if it gives none.</summary>
    /// <param name="isTls">Whether the connection that failed used TLS.</param>
    /// <param name="within">How long to listen.</param>
    public static async Task<string?> AskAsync(EndPoint server, bool isTls, TimeSpan within)
    {
        try
        {
            var said = await ListenAsync(server, within).ConfigureAwait(false);
            if (said is ['-' or '+', ..])
            {
                return isTls && !IsRefusal(said)
                    ? "The server speaks plain text at this port: Ssl must be off, or the port another one."
                    : IsRefusal(said) ? "Redis says: " + said.TrimStart('-') : null;
            }

            return !isTls && await SpeaksTlsAsync(server, within).ConfigureAwait(false)
                ? "The server speaks TLS at this port: set Ssl (ssl=true), or use another port."
                : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException or NotSupportedException)
        {
            // No server answered.
            return null;
        }
    }

    // A server that requires a password accepts clients that have it.
    private static bool IsRefusal(string said) => said[0] == '-' && !said.StartsWith("-NOAUTH", StringComparison.Ordinal);

    // The first line, or the part of it that arrived.
    private static async Task<string> ListenAsync(EndPoint server, TimeSpan within)
    {
        using var socket = await ConnectAsync(server, within).ConfigureAwait(false);
        using var limit = EndAfter(socket, within);
        using var stream = new NetworkStream(socket);
#pragma warning disable CA1835 // .NET Framework has no memory-based overloads.
        var bytes = new byte[MostBytes];
        var length = 0;
        try
        {
            await stream.WriteAsync(Ping, 0, Ping.Length).ConfigureAwait(false);
            int read;
            do
            {
                read = await stream.ReadAsync(bytes, length, bytes.Length - length).ConfigureAwait(false);
                length += read;
            }
            while (read > 0 && length < bytes.Length && bytes[0] != TlsAlert && Array.IndexOf(bytes, (byte)'\n', 0, length) < 0);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The server closed the connection. A server that speaks TLS does so after the first plain byte.
        }

#pragma warning restore CA1835
        var text = Encoding.ASCII.GetString(bytes, 0, length);
        return string.Concat(text.TakeWhile(static c => !char.IsControl(c)));
    }

    private static async Task<bool> SpeaksTlsAsync(EndPoint server, TimeSpan within)
    {
        using var socket = await ConnectAsync(server, within).ConfigureAwait(false);
        using var limit = EndAfter(socket, within);
        using var stream = new NetworkStream(socket);
        var isTls = false;
#pragma warning disable CA5359 // Nothing is sent over this connection. The certificate itself is the answer.
        using var tls = new SslStream(stream, leaveInnerStreamOpen: true, (_, certificate, _, _) => isTls = certificate is not null);
#pragma warning restore CA5359
        try
        {
            await tls.AuthenticateAsClientAsync(server is DnsEndPoint dns ? dns.Host : string.Empty).ConfigureAwait(false);
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            // A server that requires a client certificate has shown its own by then.
        }
        catch (IOException) when (isTls)
        {
        }

        return isTls;
    }

    private static async Task<Socket> ConnectAsync(EndPoint server, TimeSpan within)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = EndAfter(socket, within);
        try
        {
            await socket.ConnectAsync(server).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Ends everything that waits for the socket.
    private static Timer EndAfter(Socket socket, TimeSpan within) =>
        new(static state => ((Socket)state!).Dispose(), socket, within, Timeout.InfiniteTimeSpan);
}
