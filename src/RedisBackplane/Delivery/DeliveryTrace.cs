using System.Diagnostics;
using Microsoft.AspNet.SignalR.Tracing;
using RedisBackplane.Telemetry;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// SignalR's own traces of a scale-out bus, under the same names and levels, so that existing trace configurations
/// still work. Unlike SignalR's traces they never contain a payload. They cost nothing while they are off.
/// </summary>
/// <param name="onFailed">Called with each exception that a listener throws. The exception goes no further.</param>
internal sealed class DeliveryTrace(ITraceManager traceManager, Action<Exception> onFailed)
{
    private readonly GuardedTrace _bus = new(traceManager["SignalR.ScaleoutMessageBus"], onFailed);
    private readonly GuardedTrace _subscription = new(traceManager["SignalR.ScaleoutSubscription"], onFailed);
    private readonly GuardedTrace _broker = new(traceManager["SignalR.MessageBus"], onFailed);

    public void Received(int streamIndex, in Frame frame)
    {
        if (!_bus.Wants(TraceEventType.Information))
        {
            return;
        }

        var header = frame.Header;
        Write(_bus, TraceEventType.Information, $"OnReceived({streamIndex}, {header.FirstId}, {header.Count})");
        if (!_bus.Wants(TraceEventType.Verbose))
        {
            return;
        }

        var index = 0;
        foreach (var message in frame)
        {
            var (id, key) = (header.IdOf(index++), message.GetString(message.Key));
            Write(
                _bus,
                TraceEventType.Verbose,
                $"Received message {id}: {message.Value.Length} bytes for '{key}' over stream {streamIndex}");
        }
    }

    public void CursorMoved(int streamIndex, ulong id, string identity)
    {
        if (_subscription.Wants(TraceEventType.Verbose))
        {
            Write(_subscription, TraceEventType.Verbose, $"Setting cursor {streamIndex} to {id} [{identity}]");
        }
    }

    public void WorkFailed(Exception exception) =>
        _broker.Write(TraceEventType.Error, 0, () => "Failed to process work - " + exception.GetBaseException());

    private static void Write(GuardedTrace trace, TraceEventType type, FormattableString text) =>
        trace.Write(type, 0, () => FormattableString.Invariant(text));
}
