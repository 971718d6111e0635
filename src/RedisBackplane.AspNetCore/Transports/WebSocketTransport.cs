using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using Newtonsoft.Json;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// A connection over a WebSocket: SignalR's life of a connection with buffers from the pool. While a message is on its
/// way to the client the connection's subscription waits, and takes with its next turn what has come meanwhile. SignalR
/// names its trace source after the class.
/// </summary>
internal sealed class WebSocketTransport : ITransport, ITrackingConnection
{
    public const string Name = "webSockets";

    // What one frame may join. A subscription takes no more at a time than its bus allows in bytes.
    private const int MaxMessages = 64;

    private static readonly ReadOnlyMemory<byte> Empty = "{}"u8.ToArray();
    private static readonly Task<bool> Continue = Task.FromResult(true);
    private static readonly Task<bool> Stop = Task.FromResult(false);

    private readonly HostContext _context;
    private readonly TransportServices _services;
    private readonly ConnectionLife _life;
    private SocketSender? _sender;
    private ITransportConnection? _connection;
    private Action<TextWriter>? _writeCursor;
    private CancellationToken _shutdown;
    private volatile bool _isAlive = true;
    private int _isTimedOut;

    public WebSocketTransport(HostContext context, TransportServices services)
    {
        _context = context;
        _services = services;
        _life = new ConnectionLife(this);
        Trace = services.TraceOf(nameof(WebSocketTransport));
    }

    public TraceSource Trace { get; }

    public Func<string, Task>? Received { get; set; }

    public Func<Task>? Connected { get; set; }

    public Func<Task>? Reconnected { get; set; }

    public Func<bool, Task>? Disconnected { get; set; }

    /// <summary>Takes what comes instead of <see cref="Received"/>.</summary>
    public IUtf8Receiver? Receiver { get; set; }

    public string ConnectionId { get; set; } = string.Empty;

    public CancellationToken CancellationToken => CancellationToken.None;

    public Task ConnectTask => _life.Connected;

    public bool IsAlive => _isAlive;

    public bool IsTimedOut => Volatile.Read(ref _isTimedOut) != 0;

    public bool SupportsKeepAlive => true;

    public bool RequiresTimeout => false;

    public TimeSpan DisconnectThreshold => TimeSpan.FromSeconds(5);

    public Uri Url => _context.Request.Url;

    public bool IsSending => _sender is { IsSending: true };

    public Task<string> GetGroupsToken() => Task.FromResult(_context.Request.QueryString["groupsToken"]);

    public Task ProcessRequest(ITransportConnection connection)
    {
        if (ConnectionStart.Asks(_context.Request, "/abort"))
        {
            _context.Response.ContentType = "text/plain";
            return ConnectionStart.SendCommandAsync(connection, ConnectionId, CommandType.Abort);
        }

        if (!_context.Environment.TryGetValue(WebSocketAcceptance.AcceptKey, out var value)
            || value is not Action<IDictionary<string, object>?, Func<IDictionary<string, object>, Task>> accept)
        {
            _context.Response.StatusCode = 400;
            return _context.Response.End(StockText.NotAWebSocketRequest);
        }

        accept(null, environment => RunAsync(WebSocketAcceptance.SocketIn(environment), connection));
        return Task.CompletedTask;
    }

    /// <summary>Sends an object as SignalR does, through the application's serializer.</summary>
    public Task Send(object value)
    {
        if (!_isAlive || _sender is null)
        {
            return Task.CompletedTask;
        }

        var writer = Utf8Writer.Take();
        try
        {
            if (value is IJsonWritable writable)
            {
                writable.WriteJson(writer);
            }
            else
            {
                using var json = new JsonTextWriter(writer) { ArrayPool = JsonCharacters.Pool, CloseOutput = false };
                _services.Serializer.Serialize(json, value);
            }
        }
        catch (Exception exception)
        {
            // As with SignalR, the connection ends: the client connects again, instead of missing one answer unawares.
            writer.Return();
            _life.Fail(exception);
            return Task.FromException(exception);
        }

        return Send(writer);
    }

    /// <summary>Sends what a writer holds, which is given back.</summary>
    public Task Send(Utf8Writer writer)
    {
        if (!_isAlive || _sender is not { } sender)
        {
            writer.Return();
            return Task.CompletedTask;
        }

        TransportServices.TraceOutgoing(this, writer.Written.Span);
        return sender.SendAsync(writer);
    }

    public Task KeepAlive() =>
        // What is under way is a sign of life too.
        _isAlive && _sender is { IsSending: false } sender ? sender.SendAsync(Empty) : Task.CompletedTask;

    public void ApplyState(TransportConnectionStates states)
    {
        // For SignalR's own tests.
    }

    public Task Disconnect() => AbortAsync(clean: false);

    public void Timeout()
    {
        if (Interlocked.Exchange(ref _isTimedOut, 1) == 0)
        {
            Trace.TraceInformation("Timeout({0})", ConnectionId);
            End();
        }
    }

    public void End()
    {
        if (_life.TryEnd())
        {
            Trace.TraceInformation("End({0})", ConnectionId);
        }
    }

    public void Dispose() => End();

    public void IncrementConnectionsCount() => _services.Counters.ConnectionsCurrentWebSockets.Increment();

    public void DecrementConnectionsCount() => _services.Counters.ConnectionsCurrentWebSockets.Decrement();

    /// <summary>Cuts off a client that does not take what is under way to it.</summary>
    public void AbortSocket() => _sender?.Abort();

    /// <summary>
    /// Serves the socket until the client has gone. The connection may outlive it, and wait for the client to come
    /// back.
    /// </summary>
    private async Task RunAsync(WebSocket socket, ITransportConnection connection)
    {
        using var endOfReceiving = new CancellationTokenSource();
        _sender = new SocketSender(socket, exception => Trace.TraceEvent(TraceEventType.Error, 0, "Error while sending: {0}", exception));
        _connection = connection;
        _writeCursor = null;
        var serving = ServeAsync(connection, endOfReceiving);
        try
        {
            await new SocketReceiver(socket, _services.Configuration.MaxIncomingWebSocketMessageSize, new ReceivedMessages(this).Take)
                .RunAsync(_sender, endOfReceiving.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !endOfReceiving.IsCancellationRequested)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "OnError({0}, {1})", ConnectionId, exception);
        }
        catch (OperationCanceledException)
        {
            // The connection has ended from this side.
        }
        finally
        {
            Trace.TraceInformation("CloseSocket({0})", ConnectionId);
            _isAlive = false;
        }

        _ = serving;
    }

    private async Task ServeAsync(ITransportConnection connection, CancellationTokenSource endOfReceiving)
    {
        await Task.Yield();
        try
        {
            await LiveAsync(connection).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "CompleteRequest ({0}) failed: {1}", ConnectionId, exception);
        }

        await _sender!.CloseAsync().ConfigureAwait(false);
        try
        {
            await endOfReceiving.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The client has gone before.
        }
    }

    private async Task LiveAsync(ITransportConnection connection)
    {
        if (_context.Environment.TryGetValue("host.OnAppDisposing", out var value) && value is CancellationToken shutdown)
        {
            _shutdown = shutdown;
        }

        await using var registration = _shutdown
            .UnsafeRegister(static state => ((WebSocketTransport)state!).End(), this).ConfigureAwait(false);
        var replaced = _services.Heartbeat.AddOrUpdateConnection(this);
        try
        {
            var subscription = connection.Receive(
                _context.Request.QueryString["messageId"],
                static (response, state) => ((WebSocketTransport)state).OnMessages(response),
                MaxMessages,
                this);
            try
            {
                await ConnectionStart.RunAsync(this, _context.Request, connection, replaced, _services.Counters).ConfigureAwait(false);
                _life.SetConnected(error: null);
            }
            catch (Exception exception)
            {
                _life.SetConnected(exception);
                _services.CountError();
                _life.Fail(exception);
            }

            _life.Follow(subscription);
        }
        catch (Exception exception)
        {
            _life.Fail(exception);
        }

        await _life.Ended.ConfigureAwait(false);
    }

    private Task<bool> OnMessages(PersistentResponse response)
    {
        response.Reconnect = _shutdown.IsCancellationRequested;
        if (response.Aborted)
        {
            return AbortThenStopAsync();
        }

        if (response.Terminal)
        {
            _life.Complete();
            return Stop;
        }

        _services.Heartbeat.MarkConnection(this);
        if (!_isAlive || _sender is not { } sender)
        {
            return Continue;
        }

        var writer = Utf8Writer.Take();
        try
        {
            // Known since the subscription began, on the way to its first message.
            _writeCursor ??= (_connection as ISubscriber)?.WriteCursor;
            if (_services.Encoder.Encode(response, _writeCursor, writer) is { } shared)
            {
                writer.Return();
                TransportServices.TraceOutgoing(this, shared);
                return sender.SendAsync(shared);
            }
        }
        catch (Exception exception)
        {
            writer.Return();
            _services.CountError();
            _life.Fail(exception);
            return Task.FromException<bool>(exception);
        }

        TransportServices.TraceOutgoing(this, writer.Written.Span);
        return sender.SendAsync(writer);
    }

    private async Task<bool> AbortThenStopAsync()
    {
        await AbortAsync(clean: true).ConfigureAwait(false);
        return false;
    }

    private async Task AbortAsync(bool clean)
    {
        Trace.TraceInformation("Abort({0})", ConnectionId);
        _services.Heartbeat.RemoveConnection(this);
        End();
        try
        {
            if (Disconnected is not null)
            {
                await Disconnected(clean).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "Failed to raise disconnect: {0}", exception.GetBaseException());
            throw;
        }
        finally
        {
            _services.Counters.ConnectionsDisconnected.Increment();
        }
    }
}
