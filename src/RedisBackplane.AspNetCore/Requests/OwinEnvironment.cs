using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Fills the dictionary that OWIN hosts pass to SignalR: the keys that SignalR itself uses, and those that hubs read
/// from <c>Context.Request.Environment</c>, such as the address of the client.
/// </summary>
internal sealed class OwinEnvironment(IHostEnvironment environment, IHostApplicationLifetime lifetime, ILoggerFactory loggers)
{
    private const string StatusKey = "owin.ResponseStatusCode";

    // The number of the keys below, and of those for a WebSocket.
    private const int Keys = 28;

    private static readonly Dictionary<string, object> WebSocketCapabilities =
        new() { [WebSocketAcceptance.VersionKey] = WebSocketAcceptance.Version };

    // This writer has nothing to dispose.
    private readonly TextWriter _traceOutput = TextWriter.Synchronized(new LogWriter(loggers.CreateLogger("SignalR.TraceOutput")));

    public void Fill(IDictionary<string, object> values, HttpContext context, ClassicRequest classicRequest, ClassicResponse response)
    {
        var (request, connection) = (context.Request, context.Connection);
        // Without this, it would grow several times.
        (values as Dictionary<string, object>)?.EnsureCapacity(Keys);
        values["owin.Version"] = "1.0";
        values["owin.CallCancelled"] = response.CancellationToken;
        values["owin.RequestMethod"] = request.Method;
        values["owin.RequestScheme"] = request.Scheme;
        values["owin.RequestProtocol"] = request.Protocol;
        values["owin.RequestPathBase"] = request.PathBase.Value ?? string.Empty;
        values["owin.RequestPath"] = request.Path.Value ?? string.Empty;
        values["owin.RequestQueryString"] = request.QueryString.HasValue ? request.QueryString.Value![1..] : string.Empty;
        values["owin.RequestHeaders"] = new OwinHeaders(() => classicRequest.AllHeaders);
        values["owin.RequestBody"] = new OwinBody(() => classicRequest.HttpContext?.Request.Body ?? Stream.Null);
        values["owin.ResponseHeaders"] = new OwinHeaders(() => response.Headers);
        values["owin.ResponseBody"] = new OwinBody(() => response.Body);
        values[StatusKey] = StatusCodes.Status200OK;
        values["server.User"] = classicRequest.User;
        values["server.IsLocal"] = IsLocal(connection);
        Add("server.RemoteIpAddress", connection.RemoteIpAddress?.ToString());
        Add("server.RemotePort", connection.RemotePort.ToString(CultureInfo.InvariantCulture));
        Add("server.LocalIpAddress", connection.LocalIpAddress?.ToString());
        Add("server.LocalPort", connection.LocalPort.ToString(CultureInfo.InvariantCulture));

        values["host.TraceOutput"] = _traceOutput;
        values["host.AppName"] = environment.ApplicationName;
        // In this mode SignalR shows stack traces to clients, if detailed errors are on.
        values["host.AppMode"] = environment.IsDevelopment() ? "development" : "production";
        // Ends every connection with the advice to reconnect. The client then reaches another server.
        values["host.OnAppDisposing"] = lifetime.ApplicationStopping;

        // Present if the server can upgrade. Negotiation then offers WebSockets.
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

    /// <summary>
    /// Sets the status that the application has put into the environment, unless the headers were already sent.
    /// </summary>
    public static void ApplyStatus(IDictionary<string, object> values, ClassicResponse response)
    {
        if (values.TryGetValue(StatusKey, out var value) && value is int status and not StatusCodes.Status200OK)
        {
            response.StatusCode = status;
        }
    }

    private static bool IsLocal(ConnectionInfo connection) => connection.RemoteIpAddress is not { } remote
        || IPAddress.IsLoopback(remote)
        || remote.Equals(connection.LocalIpAddress);
}
