using System.Diagnostics;
using Microsoft.AspNet.SignalR.Tracing;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// SignalR's own traces of a scale-out bus, under the same names and levels, so that existing trace configurations
/// still work. Unlike SignalR's traces they never contain a payload. They cost nothing while they are off.
/// </summary>
internal sealed class DeliveryTrace(ITraceManager traceManager)
{
    private readonly TraceSource _bus = traceManager["SignalR.ScaleoutMessageBus"];
    private readonly TraceSource _subscription = traceManager["SignalR.ScaleoutSubscription"];
    private readonly TraceSource _broker = traceManager["SignalR.MessageBus"];

    public void Received(int streamIndex, in Frame frame)
    {
        if (!_bus.Switch.ShouldTrace(TraceEventType.Information))
        {
            return;
        }

        var header = frame.Header;
        _bus.TraceEvent(TraceEventType.Information, 0, "OnReceived({0}, {1}, {2})", streamIndex, header.FirstId, header.Count);
        if (!_bus.Switch.ShouldTrace(TraceEventType.Verbose))
        {
            return;
        }

        var index = 0;
        foreach (var message in frame)
        {
            _bus.TraceEvent(
                TraceEventType.Verbose, 0, "Received message {0}: {1} bytes for '{2}' over stream {3}",
                header.IdOf(index++), message.Value.Length, message.GetString(message.Key), streamIndex);
        }
    }

    public void CursorMoved(int streamIndex, ulong id, string identity)
    {
        if (_subscription.Switch.ShouldTrace(TraceEventType.Verbose))
        {
            _subscription.TraceEvent(TraceEventType.Verbose, 0, "Setting cursor {0} to {1} [{2}]", streamIndex, id, identity);
        }
    }

    public void WorkFailed(Exception exception) =>
        _broker.TraceEvent(TraceEventType.Error, 0, "Failed to process work - " + exception.GetBaseException());
}
