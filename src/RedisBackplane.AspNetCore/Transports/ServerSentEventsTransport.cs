using System.Text;
using Microsoft.AspNet.SignalR.Hosting;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>A connection whose messages are events in one long response.</summary>
internal sealed class ServerSentEventsTransport(HostContext context, ClassicResponse response, TransportServices services)
    : HttpTransport(context, response, services)
{
    private static readonly ReadOnlyMemory<byte> Empty = "data: {}\n\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Initialized = "data: initialized\n\n"u8.ToArray();

    /// <summary>Writes a response as an event.</summary>
    public static ResponseEncoder MakeEncoder() =>
        new("data: "u8.ToArray(), Encoding.ASCII.GetBytes(Environment.NewLine + Environment.NewLine));

    protected override int MaxMessages => 64;

    protected override ReadOnlyMemory<byte> SignOfLife => Empty;

    protected override ResponseEncoder Encoder => Services.EventEncoder;

    protected override string ContentType => "text/event-stream";

    protected override ReadOnlyMemory<byte> Opening => Initialized;

    public override void IncrementConnectionsCount() => Services.Counters.ConnectionsCurrentServerSentEvents.Increment();

    public override void DecrementConnectionsCount() => Services.Counters.ConnectionsCurrentServerSentEvents.Decrement();
}
