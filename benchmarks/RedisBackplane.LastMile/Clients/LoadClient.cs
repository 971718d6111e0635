using System.Diagnostics;
using System.Net.WebSockets;

namespace RedisBackplane.LastMile.Clients;

/// <summary>Sends calls over one connection, and adds what it receives to the log.</summary>
internal sealed class LoadClient(Connection connection, IProtocol protocol, DeliveryLog log) : IAsyncDisposable
{
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _end = new();
    private readonly StampReader _answers = new(log);
    private int _calls;
    private Task _receiving = Task.CompletedTask;

    public string Id => connection.Id;

    public static string Text(int bytes) => $"{StampReader.Mark}{Stopwatch.GetTimestamp():x16}".PadRight(bytes, 'x');

    public void Start() => _receiving = ReceiveAsync();

    public async Task CallAsync(string method, params string[] arguments)
    {
        await _sending.WaitAsync();
        try
        {
            await connection.SendAsync(protocol.Call(Interlocked.Increment(ref _calls), method, arguments), _answers);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _receiving;
        await connection.DisposeAsync();
        _sending.Dispose();
        _end.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await connection.ReceiveAsync(new StampReader(log), _end.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // Over.
        }
    }
}
