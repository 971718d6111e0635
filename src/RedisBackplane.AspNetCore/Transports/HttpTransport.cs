using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// A connection whose messages come in the response to a request, and whose calls are requests of their own.
/// </summary>
internal abstract class HttpTransport(HostContext context, ClassicResponse response, TransportServices services)
    : ClientTransport(context, services)
{
    protected const string Json = "application/json; charset=UTF-8";

    public override CancellationToken CancellationToken => response.CancellationToken;

    /// <summary>What the response with the messages is.</summary>
    protected abstract string ContentType { get; }

    /// <summary>What the response begins with; it goes out at once, and the headers with it.</summary>
    protected abstract ReadOnlyMemory<byte> Opening { get; }

    public override async Task ProcessRequest(ITransportConnection connection)
    {
        Connection = connection;
        if (ConnectionStart.Asks(Context.Request, "/send"))
        {
            var data = await ReadCallAsync().ConfigureAwait(false);
            await (Received?.Invoke(data!) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        else if (ConnectionStart.Asks(Context.Request, "/abort"))
        {
            response.ContentType = "text/plain";
            await ConnectionStart.SendCommandAsync(connection, ConnectionId, CommandType.Abort).ConfigureAwait(false);
        }
        else
        {
            await RespondAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Answers the call that this request is.</summary>
    public override Task Send(object value) =>
        AnswerBehindProgress.TrySend(Context.Request, Connection!, ConnectionId, value) ?? Send(Serialize(value));

    public override Task Send(Utf8Writer writer)
    {
        if (!CancellationToken.IsCancellationRequested)
        {
            TransportServices.TraceOutgoing(this, writer.Written.Span);
            response.ContentType = Json;
            response.Write(writer.Written.Span);
        }

        writer.Return();
        return Task.CompletedTask;
    }

    protected virtual async Task<string?> ReadCallAsync() => (await Context.Request.ReadForm().ConfigureAwait(false))["data"];

    /// <summary>The place in the stream of messages at which the client stands.</summary>
    protected virtual ValueTask<string?> ReadCursorAsync() => new(Context.Request.QueryString["messageId"]);

    protected override void SendOpening()
    {
        response.ContentType = ContentType;
        _ = SendAsync(Opening);
    }

    /// <summary>
    /// Sends messages until the connection ends or the client goes. In the latter case the connection lives on, and
    /// waits for the client to come back.
    /// </summary>
    private async Task RespondAsync(ITransportConnection connection)
    {
        var cursor = await ReadCursorAsync().ConfigureAwait(false);
        Open(new ResponseOutlet(response));
        var clientGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = CancellationToken
            .UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), clientGone).ConfigureAwait(false);

        var serving = ServeAsync(connection, cursor);
        await Task.WhenAny(serving, clientGone.Task).ConfigureAwait(false);
        SetGone();
        // Nothing may be written when the request has ended: the server's response then belongs to another.
        await CloseAsync().ConfigureAwait(false);
        if (serving.IsCompleted && await serving.ConfigureAwait(false) is { } failure)
        {
            failure.Throw();
        }
    }

    private async Task<ExceptionDispatchInfo?> ServeAsync(ITransportConnection connection, string? cursor)
    {
        try
        {
            await LiveAsync(connection, cursor).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "CompleteRequest ({0}) failed: {1}", ConnectionId, exception.GetBaseException());
            return ExceptionDispatchInfo.Capture(exception);
        }
    }
}
