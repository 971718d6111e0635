using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using RedisBackplane.AspNetCore.Transports;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// SignalR's view of a response. SignalR writes from its own threads, one write at a time, and may keep the response
/// after the request has ended. From then on writes are discarded, because the server's response belongs to another
/// request.
/// </summary>
/// <remarks>
/// It is its own lock, which no other code takes: a Lock would be one more object for each idle connection.
/// </remarks>
internal sealed class ClassicResponse : IResponse, IDisposable
{
    private readonly TimeProvider _time;
    private CancellationTokenSource? _aborted;
    private CancellationToken _abortion;
    private HttpResponse? _response;
    private int _unflushed;

    public ClassicResponse(HttpContext context, TimeProvider? time = null) =>
        (_response, _time) = (context.Response, time ?? TimeProvider.System);

    /// <summary>
    /// Cancelled when the client has disconnected. Code that reads it for the first time after the end of the request
    /// gets a token that never changes.
    /// </summary>
    public CancellationToken CancellationToken
    {
        get
        {
            lock (this)
            {
                if (_aborted is null)
                {
                    if (_response is null)
                    {
                        return CancellationToken.None;
                    }

                    // The server resets the source of its own token for the next request on the connection; this one
                    // ends with this request.
                    _aborted = CancellationTokenSource.CreateLinkedTokenSource(_response.HttpContext.RequestAborted);
                    _abortion = _aborted.Token;
                }

                return _abortion;
            }
        }
    }

    /// <summary>The headers while the request lasts; afterwards an unused collection.</summary>
    public IHeaderDictionary Headers => _response?.Headers ?? new HeaderDictionary();

    /// <summary>The body while the request lasts; afterwards a stream that discards everything.</summary>
    public Stream Body => _response?.Body ?? Stream.Null;

    public int StatusCode
    {
        get => _response?.StatusCode ?? StatusCodes.Status200OK;
        set
        {
            lock (this)
            {
                if (BeforeStart is { } response)
                {
                    response.StatusCode = value;
                }
            }
        }
    }

    public string? ContentType
    {
        get => _response?.ContentType;
        set
        {
            lock (this)
            {
                if (BeforeStart is { } response)
                {
                    response.ContentType = value;
                }
            }
        }
    }

    // What is sent with the headers can be set only before these. Later the stream must go on without an error.
    private HttpResponse? BeforeStart => _response is { HasStarted: false } response ? response : null;

    /// <summary>Also receives what is written; null for nothing.</summary>
    public IBufferWriter<byte>? Copy { get; set; }

    void IResponse.Write(ArraySegment<byte> data) => Write(data.AsSpan());

    /// <summary>Writes to the server's buffer, which leaves with the next flush.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        lock (this)
        {
            if (_response is not null)
            {
                _response.BodyWriter.Write(data);
                Copy?.Write(data);
                _unflushed += data.Length;
            }
        }
    }

    /// <summary>
    /// Sends what was written. A client that does not take it in time is disconnected, so that a caller which waits
    /// here, such as SignalR's transports, does not wait longer.
    /// </summary>
    public Task Flush() => FlushAsync(CancellationToken);

    /// <summary>Writes and flushes. Completes when the server has taken the bytes.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> data)
    {
        ValueTask<FlushResult> flush;
        lock (this)
        {
            if (_response is null)
            {
                return default;
            }

            _unflushed = 0;
            flush = _response.BodyWriter.WriteAsync(data, CancellationToken);
        }

        if (!flush.IsCompletedSuccessfully)
        {
            return new ValueTask(flush.AsTask());
        }

        // Reads the result, so that the object behind the task can be reused.
        _ = flush.GetAwaiter().GetResult();
        return default;
    }

    /// <summary>Aborts the connection of the request, if the request has not ended.</summary>
    public void Abort()
    {
        lock (this)
        {
            if (_response?.HttpContext is { RequestAborted.IsCancellationRequested: false } context)
            {
                context.Abort();
            }
        }
    }

    /// <summary>
    /// Sends what was written without a flush. SignalR answers short requests in this way. The server sends the whole
    /// response at its end. A flush before that would send it in two parts. Middleware that replaced the body may not
    /// know of bytes in the buffer.
    /// </summary>
    public async Task FlushRestAsync()
    {
        if (BeforeStart is { HttpContext.Features: var features }
            && features.Get<IHttpResponseBodyFeature>() is { } body && ReferenceEquals(body, features.Get<IHttpResponseFeature>()))
        {
            return;
        }

        // Without a source for a token that nobody has asked for.
        if (_unflushed > 0 && !_abortion.IsCancellationRequested)
        {
            await FlushAsync(_abortion).ConfigureAwait(false);
        }
    }

    /// <summary>Releases the response, whose request has ended.</summary>
    public void Dispose()
    {
        lock (this)
        {
            _response = null;
        }

        _aborted?.Dispose();
    }

    private async Task FlushAsync(CancellationToken cancellation)
    {
        ValueTask<FlushResult> flush;
        TimeSpan patience;
        lock (this)
        {
            if (_response is null)
            {
                return;
            }

            patience = ClientSender.PatienceFor(_unflushed);
            _unflushed = 0;
            flush = _response.BodyWriter.FlushAsync(cancellation);
        }

        try
        {
            var flushing = flush.AsTask();
            await (flushing.IsCompleted ? flushing : flushing.WaitAsync(patience, _time, cancellation)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abort();
        }
    }
}
