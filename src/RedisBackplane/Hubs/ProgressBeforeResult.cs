using System.Diagnostics;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Tracing;

namespace RedisBackplane.Hubs;

/// <summary>
/// Delays the result of a hub method until its progress reports have arrived. Reports go over the bus and a result does
/// not. With a backplane the result would arrive first, and clients drop the reports that come after it. If a call is a
/// request of its own, its answer goes over the bus too (<see cref="AnswerBehindProgress"/>). Over a WebSocket, the
/// answer waits until the reports are written.
/// </summary>
internal sealed class ProgressBeforeResult(IDependencyResolver resolver) : LeanModule
{
    // A name that no application uses. To leave a group that one is not in changes nothing, and is acknowledged.
    private const string NoGroup = "RedisBackplane.ProgressBeforeResult";

    // The names of transports, which SignalR compares without case.
    private static readonly string[] CallsAreRequests =
        [TransportRegistrations.ServerSentEvents, TransportRegistrations.ForeverFrame, TransportRegistrations.LongPolling];

    // The server of the client acknowledges the first request when it reads it, after all reports. It acknowledges the
    // second one when it has written to the client what it read before.
    private const int Acknowledgements = 2;

    /// <summary>Adds the module to the pipeline of a resolver, once.</summary>
    public static void AddTo(IDependencyResolver resolver)
    {
        if (resolver.GetService(typeof(ProgressBeforeResult)) is not null
            || resolver.GetService(typeof(IHubPipeline)) is not IHubPipeline pipeline)
        {
            return;
        }

        var module = new ProgressBeforeResult(resolver);
        try
        {
            pipeline.AddModule(module);
            TransportRegistrations.Of(resolver).OrderAnswers(resolver);
            resolver.Register(typeof(ProgressBeforeResult), () => module);
        }
        catch (InvalidOperationException exception)
        {
            // SignalR closes its pipeline with the first message that goes through it.
            (resolver.GetService(typeof(ITraceManager)) as ITraceManager)?["SignalR.RedisMessageBus"].TraceEvent(
                TraceEventType.Warning, 0, "Progress reports may arrive after the result, and be lost: {0}", exception.Message);
        }
    }

    public override Func<IHubIncomingInvokerContext, Task<object?>> BuildIncoming(
        Func<IHubIncomingInvokerContext, Task<object?>> invoke) =>
        context => context.MethodDescriptor.ProgressReportingType is null || IsOrdered(context.Hub.Context.Request)
            ? invoke(context)
            : InvokeAsync(invoke, context);

    private bool IsOrdered(IRequest request)
    {
        var transport = request.QueryString["transport"];
        var isOrdered = Array.Exists(
                CallsAreRequests, candidate => string.Equals(candidate, transport, StringComparison.OrdinalIgnoreCase))
            && TransportRegistrations.Of(resolver).IsOwn(transport);
        if (isOrdered)
        {
            AnswerBehindProgress.Require(request);
        }

        return isOrdered;
    }

    private static async Task<object?> InvokeAsync(
        Func<IHubIncomingInvokerContext, Task<object?>> invoke, IHubIncomingInvokerContext context)
    {
        try
        {
            return await invoke(context).ConfigureAwait(false);
        }
        finally
        {
            await DrainAsync(context.Hub).ConfigureAwait(false);
        }
    }

    private static async Task DrainAsync(IHub hub)
    {
        try
        {
            for (var acknowledgement = 0; acknowledgement < Acknowledgements; acknowledgement++)
            {
                await hub.Groups.Remove(hub.Context.ConnectionId, NoGroup).ConfigureAwait(false);
            }
        }
// Without an acknowledgement (the client is gone, Redis is away) the result is sent all the same.
#pragma warning disable CA1031
        catch (Exception)
        {
        }
#pragma warning restore CA1031
    }
}
