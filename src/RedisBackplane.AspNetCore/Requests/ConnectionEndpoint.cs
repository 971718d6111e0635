using Microsoft.AspNet.SignalR;
using Microsoft.AspNetCore.Diagnostics;
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
    GuardedLogger<ConnectionEndpoint> logger,
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
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
        {
            // Clients read the status and the text of an error.
            pages.Enabled = false;
        }

        var request = new ClassicRequest(context, shared.Options.MaxIncomingFormSize);
        if ((!enableJsonp && !string.IsNullOrEmpty(request.QueryString["callback"]))
            || !await shared.Origins.AllowsAsync(context).ConfigureAwait(false))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        PrepareResponse(context);
        using var response = new ClassicResponse(context);
        using var expiry = shared.Options.CloseOnAuthenticationExpiration
            ? AuthenticationExpiry.Watch(context, response, shared.Time)
            : null;
        try
        {
            var values = new OwinValues(shared.Environment, context, request, response);
            if (Begin(context, values) is not { } processing)
            {
                return;
            }

            await processing.ConfigureAwait(false);
            if (values.Acceptance is { IsRequested: true } acceptance)
            {
                // Here and not in a method of its own, whose state each idle connection would hold too.
                using var socket = await WebSocketAcceptance.AcceptAsync(context).ConfigureAwait(false);
                await acceptance.ServeAsync(context, socket).ConfigureAwait(false);
            }

            OwinEnvironment.ApplyStatus(request.Environment, response);
            await response.FlushRestAsync().ConfigureAwait(false);
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

    /// <returns>Null if the request is refused.</returns>
    private Task? Begin(HttpContext context, OwinValues values)
    {
        if (WebSocketAcceptance.IsPossible(context))
        {
            values.Acceptance = new WebSocketAcceptance();
        }

        var hostContext = values.MakeContext();
        var user = RequestUser.Current = new RequestUser(resolver, values.Request);
        try
        {
            var connection = makeConnection(context);
            connection.Initialize(resolver);
            if (connection.Authorize(values.Request))
            {
                if (values.Request.QueryString["connectionToken"] is not null)
                {
                    // For SignalR, any exception while a token is read means that the token is wrong. One of the
                    // application's IUserIdProvider is thrown here instead.
                    user.Identify();
                }

                return connection.ProcessRequest(hostContext);
            }
        }
        finally
        {
            // What has begun keeps its context. A socket needs no user, and would hold the context while it is idle.
            RequestUser.Current = null;
        }

        context.Response.StatusCode = values.Request.User.Identity!.IsAuthenticated
            ? StatusCodes.Status403Forbidden
            : StatusCodes.Status401Unauthorized;
        return null;
    }

    private static void PrepareResponse(HttpContext context)
    {
        // A message must be sent at once, even if middleware compresses or buffers responses.
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        context.Response.Headers[HeaderNames.CacheControl] = "no-cache, no-store";
    }
}
