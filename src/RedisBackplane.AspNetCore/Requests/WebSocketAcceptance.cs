using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Accepts a WebSocket in OWIN's way: SignalR finds a function in the environment, calls it with a callback and
/// returns. The host then accepts the socket and runs the callback, which lasts as long as the connection.
/// </summary>
internal sealed class WebSocketAcceptance
{
    public const string AcceptKey = "websocket.Accept";
    public const string CapabilitiesKey = "server.Capabilities";
    public const string VersionKey = "websocket.Version";
    public const string Version = "1.0";

    // SignalR looks for the context of the socket under this name, and not for the socket itself.
    private static readonly string ContextKey = typeof(WebSocketContext).FullName!;

    private Func<IDictionary<string, object>, Task>? _callback;

    /// <summary>The function in the environment, created when it is read.</summary>
    public Action<IDictionary<string, object>?, Func<IDictionary<string, object>, Task>> Function => Request;

    /// <summary>Whether SignalR has requested a socket.</summary>
    public bool IsRequested => _callback is not null;

    /// <summary>Whether a request is for a WebSocket.</summary>
    public static bool IsPossible(HttpContext context) =>
        context.Features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true };

    /// <summary>The accepted socket in the environment of a callback.</summary>
    public static WebSocket SocketIn(IDictionary<string, object> environment) => ((WebSocketContext)environment[ContextKey]).WebSocket;

    public static Task<WebSocket> AcceptAsync(HttpContext context) =>
        context.Features.Get<IHttpWebSocketFeature>()!.AcceptAsync(new WebSocketAcceptContext());

    /// <summary>Serves the socket to its end. The callback is released, because this takes long.</summary>
    public Task ServeAsync(HttpContext context, WebSocket socket)
    {
        var callback = _callback!;
        _callback = null;
        return callback(new Dictionary<string, object> { [ContextKey] = new AcceptedWebSocketContext(context, socket) });
    }

    private void Request(IDictionary<string, object>? options, Func<IDictionary<string, object>, Task> callback) => _callback = callback;
}
