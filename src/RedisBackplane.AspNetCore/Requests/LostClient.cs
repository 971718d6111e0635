using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Distinguishes the loss of a client from an error. A browser that is closed, or a network that fails, sends no
/// goodbye.
/// </summary>
internal static class LostClient
{
    public static bool IsReasonOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is ConnectionResetException
                or WebSocketException { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely or WebSocketError.InvalidState })
            {
                return true;
            }
        }

        return false;
    }
}
