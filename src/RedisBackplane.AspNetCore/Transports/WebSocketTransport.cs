using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>A connection over a WebSocket, which carries messages, calls and answers.</summary>
internal sealed class WebSocketTransport(HostContext context, TransportServices services) : ClientTransport(context, services)
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(1);

    // How long to wait for the client's answer to a close.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMilliseconds(250);
    private static readonly ReadOnlyMemory<byte> Empty = "{}"u8.ToArray();

    // SignalR's client for Java, which speaks an older protocol, loses messages that come in fragments.
    private static readonly Version FirstWithFragments = new(1, 4);

    // When the socket was read to its end, the server may use what is behind it for another request. The lock of this
    // is the transport itself, which no other code takes: a Lock would be one more object for each idle connection.
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
            return SendAbortAsync(connection);
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

    public override void OnOver(Exception? failure)
    {
        base.OnOver(failure);
        if (failure is not null)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "CompleteRequest ({0}) failed: {1}", ConnectionId, failure);
        }

        _ = FinishAsync();
    }

    /// <summary>
    /// Serves the socket until the client has disconnected. The connection may outlive the socket, and wait for the
    /// client to come back.
    /// </summary>
    private async Task RunAsync(WebSocket socket, ITransportConnection connection)
    {
        Open(new SocketOutlet(socket, TakesFragments(Context.Request.QueryString["clientProtocol"])));
        Connection = connection;
        var kind = ConnectionStart.KindOf(Context.Request);
        var cursor = Context.Request.QueryString["messageId"];
        if (kind == StartKind.Connect)
        {
            // Nobody else uses the request yet. As soon as messages are received, a hub may.
            (Context.Request as ClassicRequest)?.ReleaseQuery();
        }

        _ = StartAsync(connection, cursor, kind);

        try
        {
            var receiver = new SocketReceiver(
                socket, Services.Configuration.MaxIncomingWebSocketMessageSize, new ReceivedMessages(this));
            while (await receiver.ReceiveOneAsync().ConfigureAwait(false))
            {
            }

            await Task.WhenAny(CloseAsync(), Task.Delay(AnswerPatience)).ConfigureAwait(false);
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
            lock (this)
            {
                _isRead = true;
            }
        }
    }

    private static bool TakesFragments(string? protocol) =>
        Version.TryParse(protocol, out var version) && version >= FirstWithFragments;

    private async Task StartAsync(ITransportConnection connection, string? cursor, StartKind kind)
    {
        if (kind != StartKind.Connect)
        {
            // Code of a hub may run, and the socket is read meanwhile.
            await Task.Yield();
        }

        try
        {
            await BeginAsync(connection, cursor, kind).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            OnOver(exception);
        }
    }

    private async Task FinishAsync()
    {
        // The subscription's thread does not wait for this.
        await Task.Yield();
        await CloseAsync().ConfigureAwait(false);

        // The client answers with a close of its own, and must not see the connection break instead.
        _hasEnded = true;
        await Task.Delay(GoodbyePatience).ConfigureAwait(false);
        lock (this)
        {
            if (!_isRead)
            {
                Cut();
            }
        }
    }
}
