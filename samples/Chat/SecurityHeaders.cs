using Chat.Presence;

namespace Chat;

/// <summary>
/// Sends the browser a list of what the page needs, so that it refuses everything else, even if a message contains
/// markup.
/// </summary>
internal static class SecurityHeaders
{
    /// <param name="application">The server.</param>
    /// <param name="ports">
    /// The ports of the servers in this process. Those of other processes are added when they become known.
    /// </param>
    public static void UseSecurityHeaders(this WebApplication application, IReadOnlyList<int> ports)
    {
        var farm = application.Services.GetRequiredService<FarmDirectory>();
        application.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = PolicyFor(context.Request, ports.Union(farm.Snapshot().Select(server => server.Port)));
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
    }

    /// <summary>
    /// What a page may load and connect to: a client may move between the servers of the farm, over HTTP and over
    /// WebSockets, under the host name that it used.
    /// </summary>
    internal static string PolicyFor(HttpRequest request, IEnumerable<int> ports)
    {
        var (http, ws) = request.IsHttps ? ("https", "wss") : ("http", "ws");
        var servers = ports.Select(port => new HostString(request.Host.Host, port))
            .Select(server => $"{http}://{server} {ws}://{server}");

        // If npm could not restore the scripts, they come from the CDN. The page checks their hashes.
        return "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; style-src 'self'; img-src 'self' data:; "
            + $"connect-src 'self' {ws}://{request.Host} {string.Join(' ', servers)}; "
            + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    }
}
