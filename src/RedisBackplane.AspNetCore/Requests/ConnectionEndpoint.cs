using Microsoft.AspNet.SignalR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using RedisBackplane.AspNetCore.Services;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>What all mapped paths of a host share.</summary>
internal sealed class EndpointServices(
    OwinEnvironment environment,
    OriginCheck origins,
    IOptions<ClassicSignalROptions> options,
    ILogger<ConnectionEndpoint> logger,
    IServiceProvider services)
{
    public OwinEnvironment Environment { get; } = environment;

    public OriginCheck Origins { get; } = origins;

    public ClassicSignalROptions Options { get; } = options.Value;

    public ILogger Logger { get; } = logger;

    public TimeProvider Time { get; } = services.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System;
}

/// <summary>Creates a connection for each request, and runs it to its end.</summary>
internal sealed class ConnectionEndpoint(
    IDependencyResolver resolver, EndpointServices shared, bool enableJsonp, Func<HttpContext, PersistentConnection> makeConnection)
{
    private readonly GlobalHostWatch _globalHost = new(resolver, shared.Logger);

    public async Task InvokeAsync(HttpContext context)
    {
        _globalHost.Check();
        if ((!enableJsonp && !string.IsNullOrEmpty(context.Request.Query["callback"]))
            || !await shared.Origins.AllowsAsync(context).ConfigureAwait(false))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        PrepareResponse(context);
        using var response = new ClassicResponse(context);
        var request = new ClassicRequest(context, shared.Options.MaxIncomingFormSize);
        using var expiry = shared.Options.CloseOnAuthenticationExpiration ? AuthenticationExpiry.Watch(context, shared.Time) : null;
        try
        {
            await ProcessAsync(context, request, response).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            Log.RequestRefused(shared.Logger, exception.StatusCode, exception.Message);
            context.Response.StatusCode = exception.StatusCode;
        }
        catch (Exception exception) when (IsEndOfClient(context, exception))
        {
            Log.ClientGone(shared.Logger, exception);
        }
        finally
        {
            request.End();
        }
    }

    /// <summary>
    /// Whether a client disconnected during the request, as closed browsers do. This is no error; SignalR waits for the
    /// client to come back.
    /// </summary>
    private static bool IsEndOfClient(HttpContext context, Exception exception) =>
        context.RequestAborted.IsCancellationRequested || LostClient.IsReasonOf(exception);

    private async Task ProcessAsync(HttpContext context, ClassicRequest request, ClassicResponse response)
    {
        var environment = new OwinValues(shared.Environment, context, request, response);
        WebSocketAcceptance? acceptance = null;
        if (context.WebSockets.IsWebSocketRequest)
        {
            acceptance = new WebSocketAcceptance(context);
            acceptance.AddTo(environment);
        }

        var hostContext = environment.MakeContext();
        RequestUser.Current = new RequestUser(resolver, request);
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
        if (acceptance is not null)
        {
            await acceptance.RunAsync().ConfigureAwait(false);
        }

        OwinEnvironment.ApplyStatus(hostContext.Environment, response);
        await response.FlushRestAsync().ConfigureAwait(false);
    }

    private static void PrepareResponse(HttpContext context)
    {
        // A message must be sent at once, even if middleware compresses or buffers responses.
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        context.Response.Headers[HeaderNames.CacheControl] = "no-cache, no-store";
    }
}
