using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// Refuses requests that a page of another origin makes a browser send with the user's cookies: WebSockets, which
/// browsers do not protect at all, and posts, of which they only hide the answer. Clients that are no browsers send no
/// origin and are not affected. Thread-safe.
/// </summary>
internal sealed class OriginCheck(
    IOptions<ClassicSignalROptions> options, IOptions<WebSocketOptions> webSockets, GuardedLogger<OriginCheck> logger)
{
    // Each origin is logged once. A stranger must not be able to fill the log with invented names.
    private const int MostLoggedOrigins = 20;
    private const string AnyOrigin = "*";

    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a browser can send this origin, which has no path and no port that is its scheme's default; or whether
    /// it stands for all (<c>*</c>), or for pages without one (<c>null</c>).
    /// </summary>
    public static bool CanMatch(string? origin) => origin is AnyOrigin or "null"
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && !origin.Contains('*', StringComparison.Ordinal)
            && string.Equals(uri.GetLeftPart(UriPartial.Authority), origin.TrimEnd('/'), StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the request may go on.</summary>
    public async ValueTask<bool> AllowsAsync(HttpContext context)
    {
        var request = context.Request;
        string? origin = request.Headers.Origin;
        var isWebSocket = WebSocketAcceptance.IsPossible(context);
        if (string.IsNullOrEmpty(origin) || (!isWebSocket && !HttpMethods.IsPost(request.Method)) || IsOwn(request, origin))
        {
            return true;
        }

        var allowed = Contains(options.Value.AllowedOrigins, origin)
            || (isWebSocket && Contains(webSockets.Value.AllowedOrigins, origin))
            || ObservedCors.Allows(context)
            || await AllowsByPolicyAsync(context, origin).ConfigureAwait(false);
        if (!allowed && _logged.Count < MostLoggedOrigins && _logged.TryAdd(origin, true))
        {
            Log.OriginRefused(logger, origin, request.Host.ToString());
        }

        return allowed;
    }

    private static bool IsOwn(HttpRequest request, string origin)
    {
        // The browser's own judgement, which no page can forge. It knows the real address even behind a proxy. Not all
        // browsers send it with a WebSocket, and none does if the address of the page is neither https nor localhost.
        string? site = request.Headers["Sec-Fetch-Site"];
        if (site is "same-origin" or "none")
        {
            return true;
        }

        return site is null
            && Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && (Is(uri, request.Host) || ForwardedHosts(request).Any(host => Is(uri, host)));
    }

    // The host that a browser asked a proxy for. A page cannot set this header in a request to another origin.
    private static IEnumerable<HostString> ForwardedHosts(HttpRequest request) =>
        request.Headers.GetCommaSeparatedValues("X-Forwarded-Host").Select(host => new HostString(host));

    // The scheme is ignored: behind a proxy that ends TLS it is not the browser's.
    private static bool Is(Uri origin, HostString host) =>
        string.Equals(origin.Host, host.Host, StringComparison.OrdinalIgnoreCase) && origin.Port == (host.Port ?? DefaultPort(origin));

    private static int DefaultPort(Uri uri) => uri.Scheme == Uri.UriSchemeHttps ? 443 : 80;

    private static bool Contains(IList<string> origins, string origin) =>
        origins.Any(allowed => allowed == AnyOrigin || string.Equals(allowed.TrimEnd('/'), origin, StringComparison.OrdinalIgnoreCase));

    private static async ValueTask<bool> AllowsByPolicyAsync(HttpContext context, string origin)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ICorsMetadata>() is not { } metadata
            || context.RequestServices.GetService<ICorsPolicyProvider>() is not { } policies)
        {
            return false;
        }

        var policy = metadata switch
        {
            ICorsPolicyMetadata own => own.Policy,
            IEnableCorsAttribute named => await policies.GetPolicyAsync(context, named.PolicyName).ConfigureAwait(false),
            _ => null,
        };
        return policy is not null && (policy.AllowAnyOrigin || policy.IsOriginAllowed(origin));
    }
}
