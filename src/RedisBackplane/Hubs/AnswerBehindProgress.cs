using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.Hubs;

/// <summary>
/// Sends the answer of a call after its progress reports. Over server-sent events, forever frame and long polling, a
/// client gets reports in one response and the answer in another. It may read the answer first, and drops reports that
/// come after it. Here such an answer is a message to the connection, as the reports are: one key has one order.
/// </summary>
internal static class AnswerBehindProgress
{
    private const string Mark = "RedisBackplane.AnswerBehindProgress";

    /// <summary>Requires it for the call of this request. A request contains only one call.</summary>
    public static void Require(IRequest request) => request.Environment[Mark] = true;

    /// <summary>Sends an answer over the bus, if that is required.</summary>
    /// <returns><see langword="null"/> if the answer is to be sent in the response to the call.</returns>
    public static Task? TrySend(IRequest request, ITransportConnection connection, string connectionId, object answer) =>
        request.Environment.ContainsKey(Mark)
            ? connection.Send(new ConnectionMessage(SignalKeys.OfConnection(connectionId), answer))
            : null;

    /// <summary>SignalR's transport, which sends the answer after the progress reports if that is required.</summary>
    internal sealed class ServerSentEventsTransport(HostContext context, IDependencyResolver resolver)
        : Microsoft.AspNet.SignalR.Transports.ServerSentEventsTransport(context, resolver)
    {
        public override Task Send(object value) => TrySend(Context.Request, Connection, ConnectionId, value) ?? base.Send(value);
    }

    /// <summary>SignalR's transport, which sends the answer after the progress reports if that is required.</summary>
    internal sealed class ForeverFrameTransport(HostContext context, IDependencyResolver resolver)
        : Microsoft.AspNet.SignalR.Transports.ForeverFrameTransport(context, resolver)
    {
        public override Task Send(object value) => TrySend(Context.Request, Connection, ConnectionId, value) ?? base.Send(value);
    }

    /// <summary>SignalR's transport, which sends the answer after the progress reports if that is required.</summary>
    internal sealed class LongPollingTransport(HostContext context, IDependencyResolver resolver)
        : Microsoft.AspNet.SignalR.Transports.LongPollingTransport(context, resolver)
    {
        public override Task Send(object value) => TrySend(Context.Request, Connection, ConnectionId, value) ?? base.Send(value);
    }
}
