using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>How a client's request for messages begins.</summary>
internal enum StartKind
{
    /// <summary>A connection of protocol 1.4 or later: the request <c>start</c> raises <c>OnConnected</c>.</summary>
    Connect,

    /// <summary>A new connection, whose first request raises <c>OnConnected</c>.</summary>
    ConnectAndRaise,

    /// <summary>The client comes back to its connection.</summary>
    Return,
}

/// <summary>Decides what happens when a client's request for messages begins, by its path and its protocol.</summary>
internal static class ConnectionStart
{
    private static readonly ProtocolResolver Protocols = new();

    /// <summary>Whether a request's path ends with a text.</summary>
    public static bool Asks(IRequest request, string what) => request.LocalPath.EndsWith(what, StringComparison.OrdinalIgnoreCase);

    public static StartKind KindOf(IRequest request) =>
        !Asks(request, "/connect") ? StartKind.Return
        : Protocols.SupportsDelayedStart(request) ? StartKind.Connect
        : StartKind.ConnectAndRaise;

    /// <param name="connection">The connection, whose subscription has begun.</param>
    /// <param name="replaced">
    /// The earlier request of the same connection, which this one replaces; null if there is none.
    /// </param>
    /// <param name="raisesReconnected">Whether a request that does not start a connection is a return to it.</param>
    public static async Task RunAsync(
        ITransport transport,
        StartKind kind,
        ITransportConnection connection,
        ITrackingConnection? replaced,
        bool raisesReconnected,
        IPerformanceCounterManager counters)
    {
        if (kind == StartKind.Return)
        {
            if (raisesReconnected)
            {
                counters.ConnectionsReconnected.Increment();
                await (transport.Reconnected?.Invoke() ?? Task.CompletedTask).ConfigureAwait(false);
            }

            return;
        }

        if (kind == StartKind.ConnectAndRaise)
        {
            if (replaced is null)
            {
                counters.ConnectionsConnected.Increment();
            }

            // It must run only once for a connection.
            await (replaced is null ? transport.Connected?.Invoke() ?? Task.CompletedTask : replaced.ConnectTask).ConfigureAwait(false);
        }

        await SendCommandAsync(connection, transport.ConnectionId, CommandType.Initializing).ConfigureAwait(false);
    }

    public static Task SendCommandAsync(ITransportConnection connection, string connectionId, CommandType command) =>
        connection.Send(new ConnectionMessage(SignalKeys.OfConnection(connectionId), new Command { CommandType = command }));
}
