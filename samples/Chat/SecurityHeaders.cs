using Chat.Presence;

namespace Chat;

/// <summary>
/// Tells the browser what the page needs, so that it refuses everything else, whatever is written into a message.
/// </summary>
internal static class SecurityHeaders
{
    /// <param name="application">The server.</param>
    /// <param name="ports">
    /// The ports of the servers in this process; those of other processes are added as they are heard of.
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
    /// WebSockets, under the host name that it came by.
    /// </summary>
    internal static string PolicyFor(HttpRequest request, IEnumerable<int> ports)
    {
        var (http, ws) = request.IsHttps ? ("https", "wss") : ("http", "ws");
        var servers = ports.Select(port => new HostString(request.Host.Host, port))
            .Select(server => $"{http}://{server} {ws}://{server}");

        // The CDN stands in for the scripts where npm could not restore them; the page checks their hashes.
        return "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; style-src 'self'; img-src 'self' data:; "
            + $"connect-src 'self' {ws}://{request.Host} {string.Join(' ', servers)}; "
            + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    }
}
