using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNet.SignalR.Transports;
using RedisBackplane.AspNetCore.Requests;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Transports;

/// <summary>
/// A connection whose messages are sent in the response to one request, and whose calls are separate requests.
/// </summary>
internal abstract class HttpTransport(HostContext context, ClassicResponse response, TransportServices services)
    : ClientTransport(context, services)
{
    // Null if the request does not wait for messages.
    private TaskCompletionSource? _over;

    protected const string Json = "application/json; charset=UTF-8";

    public override CancellationToken CancellationToken => response.CancellationToken;

    /// <summary>The content type of the response with the messages.</summary>
    protected abstract string ContentType { get; }

    /// <summary>The beginning of the response. It is sent at once, together with the headers.</summary>
    protected abstract ReadOnlyMemory<byte> Opening { get; }

    public override async Task ProcessRequest(ITransportConnection connection)
    {
        Connection = connection;
        if (ConnectionStart.Asks(Context.Request, "/send"))
        {
            // Not from the query: a page of another origin could make a browser send that with a GET.
            var form = await Context.Request.ReadForm().ConfigureAwait(false);
            await (Received?.Invoke(form["data"]) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        else if (ConnectionStart.Asks(Context.Request, "/abort"))
        {
            await SendAbortAsync(connection).ConfigureAwait(false);
        }
        else
        {
            await RespondAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Answers the call of this request.</summary>
    public override Task Send(object value) =>
        AnswerBehindProgress.TrySend(Context.Request, Connection!, ConnectionId, value) ?? Send(Serialize(value));

    public override void OnOver(Exception? failure)
    {
        base.OnOver(failure);
        if (failure is null)
        {
            _over!.TrySetResult();
        }
        else
        {
            _over!.TrySetException(failure);
            // Marks the exception as observed.
            _ = _over.Task.Exception;
        }
    }

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

    /// <summary>The client's cursor.</summary>
    protected virtual ValueTask<string?> ReadCursorAsync() => new(Context.Request.QueryString["messageId"]);

    protected override void SendOpening()
    {
        response.ContentType = ContentType;
        _ = SendAsync(Opening);
    }

    /// <summary>
    /// Sends messages until the connection ends or the client disconnects. In the latter case the connection continues,
    /// and waits for the client to come back.
    /// </summary>
    private async Task RespondAsync(ITransportConnection connection)
    {
        var cursor = await ReadCursorAsync().ConfigureAwait(false);
        _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Open(new ResponseOutlet(response));
        var clientGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = CancellationToken
            .UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), clientGone).ConfigureAwait(false);

        var serving = ServeAsync(connection, cursor);
        await Task.WhenAny(serving, clientGone.Task, _over.Task).ConfigureAwait(false);
        SetGone();
        // Nothing may be written after the request has ended, because the server's response then belongs to another
        // request.
        await CloseAsync().ConfigureAwait(false);
        if (serving.IsCompleted && await serving.ConfigureAwait(false) is { } failure)
        {
            failure.Throw();
        }

        if (_over.Task.IsFaulted)
        {
            await _over.Task.ConfigureAwait(false);
        }
    }

    private async Task<ExceptionDispatchInfo?> ServeAsync(ITransportConnection connection, string? cursor)
    {
        try
        {
            await BeginAsync(connection, cursor, ConnectionStart.KindOf(Context.Request)).ConfigureAwait(false);
            await _over!.Task.ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            Trace.TraceEvent(TraceEventType.Error, 0, "CompleteRequest ({0}) failed: {1}", ConnectionId, exception.GetBaseException());
            return ExceptionDispatchInfo.Capture(exception);
        }
    }
}
