using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>A connection over a WebSocket, which carries messages, calls and answers.</summary>
internal sealed class WebSocketTransport(HostContext context, TransportServices services) : ClientTransport(context, services)
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(1);
    private static readonly ReadOnlyMemory<byte> Empty = "{}"u8.ToArray();

    // When the socket was read to its end, the server may use what is behind it for another request.
    private readonly Lock _reading = new();
    private bool _isRead;
    private volatile bool _hasEnded;

    /// <summary>Receives messages instead of <see cref="ITransport.Received"/>.</summary>
    public IUtf8Receiver? Receiver { get; set; }

    // The most messages in one frame. The bus also limits the bytes that a subscription takes at a time.
    protected override int MaxMessages => 64;

    protected override ReadOnlyMemory<byte> SignOfLife => Empty;

    protected override ResponseEncoder Encoder => Services.Encoder;

    public override Task ProcessRequest(ITransportConnection connection)
    {
        if (ConnectionStart.Asks(Context.Request, "/abort"))
        {
            Context.Response.ContentType = "text/plain";
            return ConnectionStart.SendCommandAsync(connection, ConnectionId, CommandType.Abort);
        }

        if (!Context.Environment.TryGetValue(WebSocketAcceptance.AcceptKey, out var value)
            || value is not Action<IDictionary<string, object>?, Func<IDictionary<string, object>, Task>> accept)
        {
            Context.Response.StatusCode = 400;
            return Context.Response.End(StockText.NotAWebSocketRequest);
        }

        accept(null, environment => RunAsync(WebSocketAcceptance.SocketIn(environment), connection));
        return Task.CompletedTask;
    }

    public override Task Send(object value)
    {
        if (!IsAlive)
        {
            return Task.CompletedTask;
        }

        Utf8Writer writer;
        try
        {
            writer = Serialize(value);
        }
        catch (Exception exception)
        {
            // As with SignalR, the connection ends. The client then reconnects, instead of missing one answer
            // unnoticed.
            Fail(exception);
            return Task.FromException(exception);
        }

        return Send(writer);
    }

    public override void IncrementConnectionsCount() => Services.Counters.ConnectionsCurrentWebSockets.Increment();

    public override void DecrementConnectionsCount() => Services.Counters.ConnectionsCurrentWebSockets.Decrement();

    /// <summary>
    /// Serves the socket until the client has disconnected. The connection may outlive the socket, and wait for the
    /// client to come back.
    /// </summary>
    private async Task RunAsync(WebSocket socket, ITransportConnection connection)
    {
        Open(new SocketOutlet(socket));
        Connection = connection;
        var serving = ServeAsync(connection);
        try
        {
            await new SocketReceiver(socket, Services.Configuration.MaxIncomingWebSocketMessageSize, new ReceivedMessages(this).Take)
                .RunAsync(CloseAsync).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // When this side has ended the connection, the socket is aborted if the client does not close it.
            if (!_hasEnded)
            {
                Trace.TraceEvent(TraceEventType.Error, 0, "OnError({0}, {1})", ConnectionId, exception);
            }
        }
        finally
        {
            Trace.TraceInformation("CloseSocket({0})", ConnectionId);
            SetGone();
            lock (_reading)
            {
                _isRead = true;
            }
        }

        _ = serving;
    }

    private async Task ServeAsync(ITransportConnection connection)
    {
        if (ConnectionStart.RunsHubs(Context.Request))
        {
            // The socket is read meanwhile.
            await Task.Yield();
        }

        try
        {
            await LiveAsync(connection, Context.Request.QueryString["messageId"]).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "CompleteRequest ({0}) failed: {1}", ConnectionId, exception);
        }

        await CloseAsync().ConfigureAwait(false);

        // The client answers with a close of its own, and must not see the connection break instead.
        _hasEnded = true;
        await Task.Delay(GoodbyePatience).ConfigureAwait(false);
        lock (_reading)
        {
            if (!_isRead)
            {
                Cut();
            }
        }
    }
}
