using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Accepts a WebSocket in OWIN's way: SignalR finds a function in the environment, calls it with a callback and
/// returns. The host then accepts the socket and runs the callback, which lasts as long as the connection.
/// </summary>
internal sealed class WebSocketAcceptance(HttpContext context)
{
    public const string AcceptKey = "websocket.Accept";
    public const string CapabilitiesKey = "server.Capabilities";
    public const string VersionKey = "websocket.Version";
    public const string Version = "1.0";

    // SignalR looks for the context of the socket under this name, and not for the socket itself.
    private static readonly string ContextKey = typeof(WebSocketContext).FullName!;

    private Func<IDictionary<string, object>, Task>? _callback;

    /// <summary>The accepted socket in the environment of a callback.</summary>
    public static WebSocket SocketIn(IDictionary<string, object> environment) => ((WebSocketContext)environment[ContextKey]).WebSocket;

    public void AddTo(OwinValues environment) =>
        environment.Accept = new Action<IDictionary<string, object>, Func<IDictionary<string, object>, Task>>(
            (_, callback) => _callback = callback);

    /// <summary>Serves the socket to its end, if SignalR requested one.</summary>
    public async Task RunAsync()
    {
        if (_callback is null)
        {
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
        var environment = new Dictionary<string, object> { [ContextKey] = new AcceptedWebSocketContext(context, socket) };
        await _callback(environment).ConfigureAwait(false);
    }
}
