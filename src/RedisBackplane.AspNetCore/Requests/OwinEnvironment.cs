using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Creates the dictionary that OWIN hosts pass to SignalR: the keys that SignalR itself uses, and those that hubs read
/// from <c>Context.Request.Environment</c>, such as the address of the client.
/// </summary>
internal sealed class OwinEnvironment(IHostEnvironment environment, IHostApplicationLifetime lifetime, ILoggerFactory loggers)
{
    public const string StatusKey = "owin.ResponseStatusCode";
    public const string ModeKey = "host.AppMode";
    public const string StoppingKey = "host.OnAppDisposing";

    /// <summary>The keys that a request may have before the application adds its own.</summary>
    public static readonly FrozenSet<string> Keys = FrozenSet.Create(
        StringComparer.Ordinal,
        "owin.Version", "owin.CallCancelled", "owin.RequestMethod", "owin.RequestScheme", "owin.RequestProtocol", "owin.RequestPathBase",
        "owin.RequestPath", "owin.RequestQueryString", "owin.RequestHeaders", "owin.RequestBody", "owin.ResponseHeaders",
        "owin.ResponseBody", StatusKey, "server.User", "server.IsLocal", "server.RemoteIpAddress", "server.RemotePort",
        "server.LocalIpAddress", "server.LocalPort", "host.TraceOutput", "host.AppName", ModeKey, StoppingKey,
        WebSocketAcceptance.CapabilitiesKey, WebSocketAcceptance.AcceptKey);

    public static readonly object WebSocketCapabilities =
        new Dictionary<string, object> { [WebSocketAcceptance.VersionKey] = WebSocketAcceptance.Version };

    // This writer has nothing to dispose.
    private readonly TextWriter _traceOutput = TextWriter.Synchronized(
        new LogWriter(new GuardedLogger(loggers.CreateLogger("SignalR.TraceOutput"))));

    /// <summary>SignalR shows stack traces to clients in development, if detailed errors are on.</summary>
    public object Mode { get; } = environment.IsDevelopment() ? "development" : "production";

    /// <summary>Ends every connection with the advice to reconnect, elsewhere by then.</summary>
    public object Stopping { get; } = lifetime.ApplicationStopping;

    public Dictionary<string, object> MakeAll(OwinValues of)
    {
        var (request, response, line) = (of.Request, of.Response, of.Request.Line);
        if (request.HttpContext?.Features.Get<IHttpBodyControlFeature>() is { } bodies)
        {
            // Code for OWIN may read and write the bodies synchronously.
            bodies.AllowSynchronousIO = true;
        }

        var values = new Dictionary<string, object>(Keys.Count)
        {
            ["owin.Version"] = "1.0",
            ["owin.CallCancelled"] = response.CancellationToken,
            ["owin.RequestMethod"] = line.Method,
            ["owin.RequestScheme"] = line.Scheme,
            ["owin.RequestProtocol"] = line.Protocol,
            ["owin.RequestPathBase"] = line.PathBase.Value ?? string.Empty,
            ["owin.RequestPath"] = line.Path.Value ?? string.Empty,
            ["owin.RequestQueryString"] = line.Query.HasValue ? line.Query.Value![1..] : string.Empty,
            ["owin.RequestHeaders"] = new OwinHeaders(() => request.AllHeaders),
            ["owin.RequestBody"] = new OwinBody(() => request.HttpContext?.Request.Body ?? Stream.Null),
            ["owin.ResponseHeaders"] = new OwinHeaders(() => response.Headers),
            ["owin.ResponseBody"] = new OwinBody(() => response.Body),
            [StatusKey] = StatusCodes.Status200OK,
            ["server.User"] = request.User,
            ["server.IsLocal"] = IsLocal(of.RemoteAddress, of.LocalAddress),
            ["host.TraceOutput"] = _traceOutput,
            ["host.AppName"] = environment.ApplicationName,
            [ModeKey] = Mode,
            [StoppingKey] = Stopping,
        };
        Add("server.RemoteIpAddress", of.RemoteAddress?.ToString());
        Add("server.RemotePort", of.RemotePort.ToString(CultureInfo.InvariantCulture));
        Add("server.LocalIpAddress", of.LocalAddress?.ToString());
        Add("server.LocalPort", of.LocalPort.ToString(CultureInfo.InvariantCulture));

        // Negotiation then offers WebSockets.
        Add(WebSocketAcceptance.CapabilitiesKey, of.CanUpgrade ? WebSocketCapabilities : null);
        Add(WebSocketAcceptance.AcceptKey, of.Acceptance?.Function);
        return values;

        void Add(string key, object? value)
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

    /// <summary>
    /// Whether a client is on this machine. A client without an address came through a Unix socket, which is usually a
    /// proxy's, or through a test server.
    /// </summary>
    public static bool IsLocal(IPAddress? remote, IPAddress? local) =>
        remote is not null && (IPAddress.IsLoopback(remote) || remote.Equals(local));
}
