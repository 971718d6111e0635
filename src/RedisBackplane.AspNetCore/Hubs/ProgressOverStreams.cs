using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Sends the result of a hub method behind its progress reports. Over a stream (server-sent events, forever frame) the
/// reports come on one connection and the result on another, as the answer of the call, so that the client may see it
/// first and drop what comes after it.
/// </summary>
internal sealed class ProgressOverStreams : HubPipelineModule
{
    public override Func<IHubIncomingInvokerContext, Task<object?>> BuildIncoming(Func<IHubIncomingInvokerContext, Task<object?>> invoke) =>
        context =>
        {
            if (context.MethodDescriptor.ProgressReportingType is not null
                && context.Hub.Context.Request is ClassicRequest request
                && request.QueryString["transport"] is "serverSentEvents" or "foreverFrame")
            {
                request.HoldAnswer();
            }

            return invoke(context);
        };

    /// <summary>
    /// Sends what was held back over the stream. The call itself is answered with nothing, as calls of other transports
    /// are.
    /// </summary>
    public static Task SendHeldAsync(IRequest request, IConnection connection, string connectionId) =>
        (request as ClassicRequest)?.TakeAnswer() is { Count: > 0 } answer ? connection.Send(connectionId, answer) : Task.CompletedTask;
}
