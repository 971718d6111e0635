using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>Hands each request to a connection made for it, and sees it to its end.</summary>
internal sealed class ConnectionEndpoint(
    IDependencyResolver resolver,
    OwinEnvironment environment,
    GlobalHostWatch globalHost,
    bool enableJsonp,
    Func<HttpContext, PersistentConnection> makeConnection)
{
    public async Task InvokeAsync(HttpContext context)
    {
        globalHost.Check();
        if (!enableJsonp && !string.IsNullOrEmpty(context.Request.Query["callback"]))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        PrepareResponse(context);
        var request = new ClassicRequest(context);
        using var response = new ClassicResponse(context);
        try
        {
            await ProcessAsync(context, request, response).ConfigureAwait(false);
        }
        finally
        {
            request.End();
        }
    }

    private async Task ProcessAsync(HttpContext context, ClassicRequest request, ClassicResponse response)
    {
        var hostContext = new HostContext(request, response);
        request.Environment = hostContext.Environment;
        environment.Fill(hostContext.Environment, context, response.CancellationToken);
        var acceptance = new WebSocketAcceptance(context);
        if (context.WebSockets.IsWebSocketRequest)
        {
            acceptance.AddTo(hostContext.Environment);
        }

        var connection = makeConnection(context);
        connection.Initialize(resolver);
        if (!connection.Authorize(request))
        {
            context.Response.StatusCode = request.User.Identity!.IsAuthenticated
                ? StatusCodes.Status403Forbidden
                : StatusCodes.Status401Unauthorized;
            return;
        }

        await connection.ProcessRequest(hostContext).ConfigureAwait(false);
        await acceptance.RunAsync().ConfigureAwait(false);
        await response.FlushRestAsync().ConfigureAwait(false);
    }

    private static void PrepareResponse(HttpContext context)
    {
        // A message must leave at once, whatever compresses or collects responses on the way.
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        context.Response.Headers[HeaderNames.CacheControl] = "no-cache, no-store";
    }
}
