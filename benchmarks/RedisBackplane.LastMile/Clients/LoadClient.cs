using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace RedisBackplane.LastMile.Clients;

/// <summary>
/// One connection. It looks in all it receives for stamps, which say when the message was sent, and tells the load of
/// each.
/// </summary>
internal sealed class LoadClient(WebSocket socket, string id, IProtocol protocol, DeliveryLog log) : IAsyncDisposable
{
    /// <summary>Begins a stamp; no protocol uses it.</summary>
    public const char Mark = '@';
    private const int Digits = 16;

    private readonly SemaphoreSlim _sending = new(1);
    private int _calls;
    private Task _receiving = Task.CompletedTask;

    public string Id => id;

    public static string Text(int bytes) => $"{Mark}{Stopwatch.GetTimestamp():x16}".PadRight(bytes, 'x');

    public void Start() => _receiving = ReceiveAsync();

    public async Task CallAsync(string method, params string[] arguments)
    {
        await _sending.WaitAsync();
        try
        {
            await socket.SendAsync(
                protocol.Call(Interlocked.Increment(ref _calls), method, arguments),
                WebSocketMessageType.Text,
                endOfMessage: true,
                CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        socket.Abort();
        await _receiving;
        socket.Dispose();
        _sending.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[8 * 1024];
        var kept = 0;
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(kept), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                kept = Scan(buffer, kept + received.Count);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // Over.
        }
    }

    /// <returns>How many bytes, now at the front, may hold the beginning of a stamp.</returns>
    private int Scan(byte[] buffer, int count)
    {
        var rest = buffer.AsSpan(0, count);
        for (var at = rest.IndexOf((byte)Mark); at >= 0; at = rest.IndexOf((byte)Mark))
        {
            rest = rest[at..];
            if (rest.Length <= Digits)
            {
                rest.CopyTo(buffer);
                return rest.Length;
            }

            log.Add(long.Parse(Encoding.ASCII.GetString(rest.Slice(1, Digits)), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            rest = rest[Digits..];
        }

        return 0;
    }
}
