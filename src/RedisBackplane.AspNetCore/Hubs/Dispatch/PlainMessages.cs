using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Transports;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Replaces SignalR's innermost step of a message to clients. It writes messages of strings, numbers and booleans
/// without the serializer, if the serializer would write the same. If a module of the application is further inside,
/// SignalR's step stays.
/// </summary>
internal sealed class PlainMessages(IDependencyResolver resolver) : LeanModule
{
    private (JsonSerializer Serializer, bool IsPlain)? _known;

    public override Func<IHubOutgoingInvokerContext, Task> BuildOutgoing(Func<IHubOutgoingInvokerContext, Task> send) =>
        send.Method.DeclaringType == typeof(HubDispatcher) ? context => TrySend(context) ?? send(context) : send;

    private Task? TrySend(IHubOutgoingInvokerContext context)
    {
        if (context.Invocation is not { State: null } invocation || !IsPlain())
        {
            return null;
        }

        var writer = Utf8Writer.Take();
        try
        {
            if (!PlainJson.TryWriteMessage(writer, invocation))
            {
                return null;
            }

            var value = new ArraySegment<byte>(writer.Written.ToArray());
            return context.Connection.Send(string.IsNullOrEmpty(context.Signal)
                ? new ConnectionMessage(context.Signals, value, context.ExcludedSignals)
                : new ConnectionMessage(context.Signal, value, context.ExcludedSignals));
        }
        finally
        {
            writer.Return();
        }
    }

    // An application has one serializer. If it is created at each request for it, it is not inspected each time.
    private bool IsPlain()
    {
        var serializer = resolver.Resolve<JsonSerializer>();
        if (_known is not { } known)
        {
            _known = known = (serializer, PlainJson.IsAsWrittenBy(serializer));
        }

        return known.IsPlain && known.Serializer == serializer;
    }
}
