using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Fills the dictionary that OWIN hosts hand to SignalR: what SignalR itself looks for, and what hubs read from
/// <c>Context.Request.Environment</c>, such as the address of the client.
/// </summary>
internal sealed class OwinEnvironment(IHostEnvironment environment, IHostApplicationLifetime lifetime)
{
    private static readonly Dictionary<string, object> WebSocketCapabilities =
        new() { [WebSocketAcceptance.VersionKey] = WebSocketAcceptance.Version };

    public void Fill(IDictionary<string, object> values, HttpContext context, CancellationToken aborted)
    {
        var (request, connection) = (context.Request, context.Connection);
        values["owin.Version"] = "1.0";
        values["owin.CallCancelled"] = aborted;
        values["owin.RequestMethod"] = request.Method;
        values["owin.RequestScheme"] = request.Scheme;
        values["owin.RequestProtocol"] = request.Protocol;
        values["owin.RequestPathBase"] = request.PathBase.Value ?? string.Empty;
        values["owin.RequestPath"] = request.Path.Value ?? string.Empty;
        values["owin.RequestQueryString"] = request.QueryString.HasValue ? request.QueryString.Value![1..] : string.Empty;
        values["server.User"] = context.User;
        Add("server.RemoteIpAddress", connection.RemoteIpAddress?.ToString());
        Add("server.RemotePort", connection.RemotePort.ToString(CultureInfo.InvariantCulture));
        Add("server.LocalIpAddress", connection.LocalIpAddress?.ToString());
        Add("server.LocalPort", connection.LocalPort.ToString(CultureInfo.InvariantCulture));

        values["host.AppName"] = environment.ApplicationName;
        // SignalR shows stack traces to clients in this mode, where detailed errors are on.
        values["host.AppMode"] = environment.IsDevelopment() ? "development" : "production";
        // Ends every connection with the advice to reconnect, elsewhere by then.
        values["host.OnAppDisposing"] = lifetime.ApplicationStopping;

        // Present where the server can upgrade; negotiation then offers WebSockets.
        if (context.Features.Get<IHttpWebSocketFeature>() is not null)
        {
            values[WebSocketAcceptance.CapabilitiesKey] = WebSocketCapabilities;
        }

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                values[key] = value;
            }
        }
    }
}
