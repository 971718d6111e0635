namespace Chat;

/// <summary>Tells the browser what the page needs, so that it refuses everything else, whatever is written into a message.</summary>
internal static class SecurityHeaders
{
    // The CDN stands in for the scripts where npm could not restore them; the page checks their hashes.
    private const string Policy =
        "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication application) =>
        application.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
}
