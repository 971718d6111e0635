using System.Collections.Specialized;
using System.Net;
using System.Net.WebSockets;
using System.Security.Principal;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Passes an accepted socket to SignalR. SignalR uses only <see cref="WebSocket"/>; the other members describe the
/// request.
/// </summary>
internal sealed class AcceptedWebSocketContext(HttpContext context, WebSocket socket) : WebSocketContext
{
    public override WebSocket WebSocket { get; } = socket;

    public override Uri RequestUri => new(context.Request.GetEncodedUrl());

    public override NameValueCollection Headers
    {
        get
        {
            var headers = new NameValueCollection(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, values) in context.Request.Headers)
            {
                headers.Add(name, values);
            }

            return headers;
        }
    }

    public override CookieCollection CookieCollection
    {
        get
        {
            var cookies = new CookieCollection();
            foreach (var (name, value) in context.Request.Cookies)
            {
                cookies.Add(new System.Net.Cookie(name, value));
            }

            return cookies;
        }
    }

    public override string Origin => context.Request.Headers.Origin.ToString();

    public override bool IsAuthenticated => context.User.Identity?.IsAuthenticated ?? false;

    public override bool IsLocal => OwinEnvironment.IsLocal(context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress);

    public override bool IsSecureConnection => context.Request.IsHttps;

    public override IPrincipal User => context.User;

    public override string SecWebSocketKey => context.Request.Headers.SecWebSocketKey.ToString();

    public override IEnumerable<string> SecWebSocketProtocols => context.WebSockets.WebSocketRequestedProtocols;

    public override string SecWebSocketVersion => context.Request.Headers.SecWebSocketVersion.ToString();
}
