using System.Diagnostics;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Hubs.Dispatch;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.AspNetCore.Transports.Heartbeat;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// A connection to a client. It follows SignalR's life cycle of a connection, with buffers from the pool. While a
/// message is on its way to the client, the connection's subscription waits; its next turn takes everything that has
/// come meanwhile. SignalR names its trace source after the class.
/// </summary>
internal abstract class ClientTransport : ITransport, ITrackingConnection, ISenderOwner
{
    protected static readonly Task<bool> Continue = Task.FromResult(true);
    protected static readonly Task<bool> Stop = Task.FromResult(false);

    private ConnectionLife? _life;
    private ClientSender? _sender;
    private Action<TextWriter>? _writeCursor;
    private CancellationTokenRegistration _endAtShutdown;
    private volatile bool _isAlive = true;
    private volatile bool _isReplaced;
    private int _isTimedOut;

    protected ClientTransport(HostContext context, TransportServices services)
    {
        Context = context;
        Services = services;
        Trace = services.TraceOf(GetType().Name);
    }

    public TraceSource Trace { get; }

    public Func<string, Task>? Received { get; set; }

    public Func<Task>? Connected { get; set; }

    public Func<Task>? Reconnected { get; set; }

    public Func<bool, Task>? Disconnected { get; set; }

    public string ConnectionId { get; set; } = string.Empty;

    public virtual CancellationToken CancellationToken => CancellationToken.None;

    public Task ConnectTask => _life?.Connected ?? Task.CompletedTask;

    public bool IsAlive => _isAlive;

    public bool IsTimedOut => Volatile.Read(ref _isTimedOut) != 0;

    public bool SupportsKeepAlive => true;

    public virtual bool RequiresTimeout => false;

    public virtual TimeSpan DisconnectThreshold => TimeSpan.FromSeconds(5);

    public Uri Url => Context.Request.Url;

    /// <summary>
    /// What this package's heartbeat knows of the connection; null if the heartbeat does not watch it, or is another
    /// one.
    /// </summary>
    public TrackedConnection? Tracked { get; set; }

    public bool IsSending => _sender is { IsSending: true };

    /// <summary>Cancelled when the host is shutting down. Clients should then connect to another server.</summary>
    protected CancellationToken Shutdown { get; private set; }

    protected HostContext Context { get; }

    protected TransportServices Services { get; }

    protected ITransportConnection? Connection { get; set; }

    /// <summary>The most messages in one response.</summary>
    protected abstract int MaxMessages { get; }

    protected abstract ReadOnlyMemory<byte> SignOfLife { get; }

    protected abstract ResponseEncoder Encoder { get; }

    /// <summary>Whether a request that does not start a connection brings the client back to it.</summary>
    protected virtual bool RaisesReconnected => true;

    public virtual Task<string> GetGroupsToken() => Task.FromResult(Context.Request.QueryString["groupsToken"]);

    public abstract Task ProcessRequest(ITransportConnection connection);

    /// <summary>Sends an object as SignalR does, with the application's serializer.</summary>
    public abstract Task Send(object value);

    /// <summary>Sends the content of a writer, and returns the writer.</summary>
    public virtual Task Send(Utf8Writer writer)
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
        // Bytes that are being sent are a sign of life too.
        _isAlive && _sender is { IsSending: false } sender ? sender.SendAsync(SignOfLife) : Task.CompletedTask;

    public void ApplyState(TransportConnectionStates states) =>
        _isReplaced |= (states & TransportConnectionStates.Replaced) != 0;

    public Task Disconnect() => AbortAsync(clean: false);

    public void Timeout()
    {
        if (IsSending)
        {
            // The sender has a limit of its own. The heartbeat marks no connection whose time is over. Without the
            // mark, it would disconnect the client between this poll and the next one.
            Services.Heartbeat.MarkConnection(this);
        }
        else if (Interlocked.Exchange(ref _isTimedOut, 1) == 0)
        {
            Trace.TraceInformation("Timeout({0})", ConnectionId);
            End();
        }
    }

    public void End() => TraceEnd(_life?.TryEnd());

    public void Dispose() => End();

    /// <summary>The connection is over, so its request may end. Called once; it must not block.</summary>
    /// <param name="failure">Null if the connection did not fail.</param>
    public virtual void OnOver(Exception? failure) => _endAtShutdown.Unregister();

    /// <summary>A message to the client failed. If the client has left a request, that is no error.</summary>
    public void OnSendFailed(Exception exception) => Trace.TraceEvent(
        exception is OperationCanceledException ? TraceEventType.Verbose : TraceEventType.Error, 0, "Error while sending: {0}", exception);

    public abstract void IncrementConnectionsCount();

    public abstract void DecrementConnectionsCount();

    /// <summary>Cuts off a client that does not take the bytes that are being sent to it.</summary>
    public void Cut() => _sender?.Abort();

    protected void Open(IClientOutlet outlet)
    {
        _life = new ConnectionLife(this);
        _sender = new ClientSender(outlet, this, TimeProvider.System);
    }

    /// <summary>The client has left, or the response to it has ended. The connection may outlive it.</summary>
    protected void SetGone() => _isAlive = false;

    /// <summary>Sends bytes that never change.</summary>
    protected Task SendAsync(ReadOnlyMemory<byte> bytes) => _sender!.SendAsync(bytes);

    /// <summary>Closes the outlet after everything has been sent.</summary>
    protected Task CloseAsync() => _sender!.CloseAsync();

    /// <summary>Sends what comes before all messages.</summary>
    protected virtual void SendOpening()
    {
    }

    /// <summary>
    /// Begins to receive messages for the client. This lasts until the connection or, for another reason, this request
    /// is over (<see cref="OnOver"/>). No task waits for that, because it would be held by each idle connection.
    /// </summary>
    protected async Task BeginAsync(ITransportConnection connection, string? cursor, StartKind kind)
    {
        var life = _life!;
        if (Context.Environment.TryGetValue(OwinEnvironment.StoppingKey, out var value) && value is CancellationToken shutdown)
        {
            Shutdown = shutdown;
        }

        _endAtShutdown = Shutdown.UnsafeRegister(static state => ((ClientTransport)state!).End(), this);
        try
        {
            // First: a sign of life of the heartbeat must not come before it.
            SendOpening();
            var replaced = Services.Heartbeat.AddOrUpdateConnection(this);
            var subscription = connection.Receive(
                cursor, static (response, state) => ((ClientTransport)state).OnMessages(response), MaxMessages, this);
            try
            {
                await ConnectionStart.RunAsync(this, kind, connection, replaced, RaisesReconnected, Services.Counters)
                    .ConfigureAwait(false);
                life.SetConnected(error: null);

                // They are asked for once, and a connection may be idle for long.
                (Connected, Reconnected) = (null, null);
            }
            catch (Exception exception)
            {
                life.SetConnected(exception);
                Services.CountError();
                life.Fail(exception);
            }

            life.Follow(subscription);
        }
        catch (Exception exception)
        {
            life.Fail(exception);
        }
    }

    /// <summary>Passes on that the client ends the connection.</summary>
    protected Task SendAbortAsync(ITransportConnection connection)
    {
        Context.Response.ContentType = "text/plain";
        return ConnectionStart.SendCommandAsync(connection, ConnectionId, CommandType.Abort);
    }

    /// <summary>Called when the client has ended the connection.</summary>
    protected virtual async Task<bool> OnAborted(PersistentResponse response)
    {
        await AbortAsync(clean: true).ConfigureAwait(false);
        return false;
    }

    /// <summary>
    /// Called when the subscription has ended. It must not block: the thread of the subscription waits for it.
    /// </summary>
    protected virtual void OnTerminal(PersistentResponse response) => EndLife();

    protected void EndLife() => _life!.Complete();

    /// <summary>Sends a response to the client. Later messages follow when it has been sent.</summary>
    /// <returns>Whether more may follow.</returns>
    protected virtual Task<bool> Deliver(PersistentResponse response)
    {
        Services.Heartbeat.MarkConnection(this);
        if (!_isAlive || _sender is not { } sender)
        {
            return Continue;
        }

        var writer = Utf8Writer.Take();
        try
        {
            // It is known by now: the subscription was made before its first message.
            _writeCursor ??= (Connection as ISubscriber)?.WriteCursor;
            if (Encoder.Encode(response, _writeCursor, writer) is { } shared)
            {
                writer.Return();
                TransportServices.TraceOutgoing(this, shared);
                return sender.SendAsync(shared);
            }
        }
        catch (Exception exception)
        {
            writer.Return();
            Services.CountError();
            _life!.Fail(exception);
            return Task.FromException<bool>(exception);
        }

        TransportServices.TraceOutgoing(this, writer.Written.Span);
        return sender.SendAsync(writer);
    }

    protected Utf8Writer Serialize(object value)
    {
        var writer = Utf8Writer.Take();
        try
        {
            if (value is ObjectAnswer answer)
            {
                answer.WriteTo(writer);
            }
            else if (value is IJsonWritable writable)
            {
                writable.WriteJson(writer);
            }
            else
            {
                writer.WriteJson(static (json, what) => what.Serializer.Serialize(json, what.Value), (Services.Serializer, Value: value));
            }

            return writer;
        }
        catch (Exception)
        {
            writer.Return();
            throw;
        }
    }

    protected void Fail(Exception exception) => _life?.Fail(exception);

    private Task<bool> OnMessages(PersistentResponse response)
    {
        response.Reconnect = Shutdown.IsCancellationRequested;
        if (response.Aborted)
        {
            return OnAborted(response);
        }

        if (response.Terminal)
        {
            OnTerminal(response);
            return Stop;
        }

        return Deliver(response);
    }

    private void TraceEnd(bool? isFirst)
    {
        if (isFirst == true)
        {
            Trace.TraceInformation("End({0})", ConnectionId);
        }
    }

    /// <summary>Ends the connection, and tells the hubs.</summary>
    /// <param name="clean">Whether the client wants it. Then a callback of the subscription calls this.</param>
    protected async Task AbortAsync(bool clean)
    {
        Trace.TraceInformation("Abort({0})", ConnectionId);
        if (clean && _isReplaced)
        {
            // The request that the client has come back with receives this too, and tells the hubs.
            TraceEnd(_life?.TryEndWithCallback());
            return;
        }

        Services.Heartbeat.RemoveConnection(this);
        TraceEnd(clean ? _life?.TryEndWithCallback() : _life?.TryEnd());
        try
        {
            if (Disconnected is not null)
            {
                await Disconnected(clean).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // Nobody else observes it: not the heartbeat, and not the subscription, which must end all the same.
            Trace.TraceEvent(TraceEventType.Error, 0, "Failed to raise disconnect: {0}", exception.GetBaseException());
        }
        finally
        {
            Services.Counters.ConnectionsDisconnected.Increment();
        }
    }
}
