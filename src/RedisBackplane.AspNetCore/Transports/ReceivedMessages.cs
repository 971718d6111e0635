using System.Diagnostics;
using System.Text;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// Passes on the messages of a client in order, and does not wait for the results: calls of one connection may run at
/// the same time. A call that fails is traced, and ends nothing.
/// </summary>
internal sealed class ReceivedMessages(WebSocketTransport transport)
{
    public void Take(ReadOnlySpan<byte> message)
    {
        try
        {
            var serving = Serve(message);
            if (!serving.IsCompletedSuccessfully)
            {
                _ = ObserveAsync(serving);
            }
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    private Task Serve(ReadOnlySpan<byte> message)
    {
        if (transport.Receiver is { } receiver)
        {
            return receiver.ReceiveAsync(message);
        }

        return transport.Received is { } received ? received(Encoding.UTF8.GetString(message)) : Task.CompletedTask;
    }

    private async Task ObserveAsync(Task serving)
    {
        try
        {
            await serving.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    private void Report(Exception exception) => transport.Trace.TraceEvent(
        TraceEventType.Warning, 0, "A message of connection {0} failed: {1}", transport.ConnectionId, exception);
}
