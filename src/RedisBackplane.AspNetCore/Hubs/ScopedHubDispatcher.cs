using System.Buffers;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Text;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.Extensions.Logging;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// SignalR's dispatcher, with a service scope for every hub that it creates. Calls in the form that client libraries
/// send are read, invoked and answered here (<see cref="HubCalls"/>). Clients and the application's modules see no
/// difference. All other calls are served by SignalR.
/// </summary>
/// <param name="logger">Logs hubs that fail when they are disposed.</param>
/// <param name="calls">Serves calls without SignalR's dispatcher; <see langword="null"/> if SignalR serves all.</param>
internal sealed partial class ScopedHubDispatcher(
    HubConfiguration configuration, ILogger logger, HubCalls? calls = null)
    : HubDispatcher(configuration), IUtf8Receiver
{
    private readonly bool _detailedErrors = configuration.EnableDetailedErrors;
    private IHubRequestParser? _requests;
    private bool _tellsStackTraces;
    private IRequest? _request;

    // If null, SignalR's dispatcher has them.
    private ConnectedHub[]? _hubs;

    public override void Initialize(IDependencyResolver resolver)
    {
        base.Initialize(resolver);
        _requests = resolver.Resolve<IHubRequestParser>();
    }

    public override Task ProcessRequest(HostContext context)
    {
        if (calls is not null && NegotiationAnswers.IsFor(context))
        {
            return NegotiateAsync(context);
        }

        _tellsStackTraces = context.Environment.TryGetValue(OwinEnvironment.ModeKey, out var mode) && mode is "development";
        if (calls is not null && TryStart(context) is { } started)
        {
            return started;
        }

        var processing = base.ProcessRequest(context);

        // The socket is accepted after this method returns, so nothing has arrived yet.
        if (calls is not null && Transport is WebSocketTransport own)
        {
            _request = context.Request;
            own.Receiver = this;
        }

        return processing;
    }

    Task IUtf8Receiver.ReceiveAsync(ReadOnlySpan<byte> message)
    {
        Counters.ConnectionMessagesSentTotal.Increment();
        Counters.ConnectionMessagesSentPerSec.Increment();
        if (TryInvoke(_request!, Transport.ConnectionId, message) is { } answered)
        {
            return answered;
        }

        return ServeStockAsync(_request!, Transport.ConnectionId, Encoding.UTF8.GetString(message));
    }

    protected override bool AuthorizeRequest(IRequest request)
    {
        if (calls?.HubsIn(request.QueryString["connectionData"], JsonSerializer) is not { } named)
        {
            return base.AuthorizeRequest(request);
        }

        List<ConnectedHub>? refused = null;
        foreach (var hub in named)
        {
            if (!calls.Pipeline.AuthorizeConnect(hub.Descriptor, request))
            {
                (refused ??= []).Add(hub);
            }
        }

        // All connections with the same text share one array.
        _hubs = refused is null ? named : Array.FindAll(named, hub => !refused.Contains(hub));
        return _hubs.Length > 0;
    }

    protected override IList<string> GetSignals(string userId, string connectionId) =>
        _hubs is { } hubs ? KeysOf(hubs, userId, connectionId) : base.GetSignals(userId, connectionId);

    protected override IList<string> OnRejoiningGroups(IRequest request, IList<string> groups, string connectionId) => _hubs is { } hubs
        ? [.. hubs.SelectMany(hub => Rejoin(hub, request, groups))]
        : base.OnRejoiningGroups(request, groups, connectionId);

    protected override Task OnConnected(IRequest request, string connectionId) => _hubs is { } hubs
        ? RaiseAsync(hubs, request, connectionId, static (pipeline, hub) => pipeline.Connect(hub))
        : HubScopes.RunAsync(() => base.OnConnected(request, connectionId), logger);

    protected override Task OnReconnected(IRequest request, string connectionId) => _hubs is { } hubs
        ? RaiseAsync(hubs, request, connectionId, static (pipeline, hub) => pipeline.Reconnect(hub))
        : HubScopes.RunAsync(() => base.OnReconnected(request, connectionId), logger);

    protected override Task OnDisconnected(IRequest request, string connectionId, bool stopCalled) => _hubs is { } hubs
        ? RaiseAsync(hubs, request, connectionId, (pipeline, hub) => pipeline.Disconnect(hub, stopCalled))
        : HubScopes.RunAsync(() => base.OnDisconnected(request, connectionId, stopCalled), logger);

    protected override Task OnReceived(IRequest request, string connectionId, string data)
    {
        if (calls is not null && data is not null && HubCalls.TryEncode(data, out var rented, out var length))
        {
            try
            {
                if (TryInvoke(request, connectionId, rented.AsSpan(0, length)) is { } answered)
                {
                    return answered;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }

        return ServeStockAsync(request, connectionId, data!);
    }

    private Task NegotiateAsync(HostContext context) =>
        calls!.TryNegotiate(context, JsonSerializer, ProtectedData, () => base.ProcessRequest(context)) ?? base.ProcessRequest(context);

    private async Task ServeStockAsync(IRequest request, string connectionId, string data)
    {
        try
        {
            await HubScopes.RunAsync(() => base.OnReceived(request, connectionId, data), logger).ConfigureAwait(false);
        }
        catch (HubCreationException exception)
        {
            // SignalR would not answer the call.
            var call = _requests!.Parse(data, JsonSerializer);
            await AnswerNotMadeAsync(call.Id, call.Hub, call.Method, exception).ConfigureAwait(false);
        }
    }

    private IEnumerable<string> Rejoin(ConnectedHub hub, IRequest request, IList<string> groups)
    {
        List<string> own =
        [
            .. groups.Where(group => group.StartsWith(hub.GroupPrefix, StringComparison.OrdinalIgnoreCase))
                .Select(group => group[hub.GroupPrefix.Length..]),
        ];
        return calls!.Pipeline.RejoiningGroups(hub.Descriptor, request, own).Select(group => hub.GroupPrefix + group);
    }

    private Task RaiseAsync(
        ConnectedHub[] connected, IRequest request, string connectionId, Func<IHubPipelineInvoker, IHub, Task> raise) =>
        new HubEvent(calls!, Connection, request, connectionId).RaiseAsync(connected, raise, Trace, logger);

    /// <summary>Invokes a call. When this returns, the bytes of the call are no longer needed.</summary>
    /// <returns>
    /// The task of the call, which ends when it is answered; <see langword="null"/> if SignalR must serve it.
    /// </returns>
    private Task? TryInvoke(IRequest request, string connectionId, ReadOnlySpan<byte> json)
    {
        if (!calls!.TryRead(json, JsonSerializer, out var envelope, out var method))
        {
            return null;
        }

        var invocation = new HubInvocation(method, envelope.Id!);
        var scopes = new HubScopes();
        try
        {
            invocation.Hub = calls.Make(scopes, method.Hub, method.GroupPrefix, invocation, request, Connection, connectionId);
        }
        catch (Exception exception)
        {
            Trace.TraceInformation("Error creating Hub {0}. {1}", method.Hub.Name, exception.Message);
            return EndNotMadeAsync(scopes, invocation, exception);
        }

        Exception? error = null;
        try
        {
            invocation.Args = ReadArguments(json, envelope, method);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        return AnswerAsync(invocation, error, scopes);
    }

    private object[] ReadArguments(ReadOnlySpan<byte> json, in CallEnvelope envelope, HubMethod method)
    {
        if (envelope.ArgumentCount == 0)
        {
            return [];
        }

        var arguments = new object[envelope.ArgumentCount];
        for (var i = 0; i < arguments.Length; i++)
        {
            var slice = envelope.Arguments[i];
            arguments[i] = ArgumentReader.Read(
                json.Slice(slice.Offset, slice.Length), slice.Kind, method.ParameterTypes[i], JsonSerializer)!;
        }

        return arguments;
    }

    // An async method, so that what a hub method changes in the context of its thread, such as the culture, ends with
    // the call.
    private async Task AnswerAsync(HubInvocation invocation, Exception? error, HubScopes scopes)
    {
        try
        {
            var outcome = error is null ? Invoke(invocation) : MethodResults.Failed(error);
            await ((Task)outcome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Trace.Switch.ShouldTrace(TraceEventType.Verbose))
            {
                Trace.TraceEvent(
                    TraceEventType.Verbose, 0, "Sending hub invocation result to connection {0} using transport {1}",
                    Transport.ConnectionId, Transport.GetType().Name);
            }

            await (outcome.IsCompletedSuccessfully
                ? SendResult(invocation, await outcome.ConfigureAwait(false))
                : SendError(invocation, ErrorOf(invocation, outcome))).ConfigureAwait(false);
        }
        finally
        {
            HubScopes.Dispose(invocation.Hub, logger);
            await scopes.EndAsync(logger).ConfigureAwait(false);
        }
    }

    private Task<object?> Invoke(HubInvocation invocation)
    {
        try
        {
            return calls!.Pipeline.Invoke(invocation)!;
        }
        catch (Exception exception)
        {
            return MethodResults.Failed(exception);
        }
    }

    private static Exception ErrorOf(HubInvocation invocation, Task<object?> outcome)
    {
        var error = outcome.Exception?.InnerException;
        return error is null || (invocation.IsPassedOn && error is OperationCanceledException) ? new OperationCanceledException() : error;
    }

    private Task SendResult(HubInvocation invocation, object? result)
    {
        var state = invocation.StateChanges();
        return state is null && Transport is ClientTransport own
            && calls!.TryAnswer(own, JsonSerializer, invocation.Id, result) is { } sent
            ? sent
            : Transport.Send(new HubResponse { State = state!, Result = result!, Id = invocation.Id });
    }

    private Task SendError(HubInvocation invocation, Exception error)
    {
        CountError();
        var response = new HubResponse { State = invocation.StateChanges()!, Id = invocation.Id };
        var hubException = error as HubException;
        if (hubException is null && !_detailedErrors)
        {
            response.Error = StockText.HubInvocationFailed(invocation.Method.HubName, invocation.Method.MethodName);
            return Transport.Send(response);
        }

        response.Error = error.Message;
        response.StackTrace = _tellsStackTraces ? error.StackTrace : null;
        if (hubException is not null)
        {
            response.IsHubException = true;
            response.ErrorData = hubException.ErrorData;
        }

        return Transport.Send(response);
    }

    private async Task EndNotMadeAsync(HubScopes scopes, HubInvocation invocation, Exception exception)
    {
        await scopes.EndAsync(logger).ConfigureAwait(false);
        if (exception is not HubCreationException notMade)
        {
            ExceptionDispatchInfo.Throw(exception);
            return;
        }

        await AnswerNotMadeAsync(invocation.Id, invocation.Method.HubName, invocation.Method.MethodName, notMade).ConfigureAwait(false);
    }

    private Task AnswerNotMadeAsync(string id, string hub, string method, HubCreationException exception)
    {
        CountError();
        return Transport.Send(new HubResponse
        {
            Id = id,
            Error = _detailedErrors ? exception.Message : StockText.HubInvocationFailed(hub, method),
        });
    }

    private void CountError()
    {
        Counters.ErrorsHubInvocationTotal.Increment();
        Counters.ErrorsHubInvocationPerSec.Increment();
        Counters.ErrorsAllTotal.Increment();
        Counters.ErrorsAllPerSec.Increment();
    }
}
