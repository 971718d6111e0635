using System.Buffers;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// SignalR's view of a response. SignalR writes from its own threads, one write at a time, and may hold the response
/// after the request has ended: from then on, writes go nowhere, because the server's response belongs to another
/// request.
/// </summary>
internal sealed class ClassicResponse : IResponse, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _aborted;
    private HttpResponse? _response;
    private ArrayBufferWriter<byte>? _held;
    private bool _hasUnflushed;

    public ClassicResponse(HttpContext context)
    {
        _response = context.Response;
        // The server resets the source of its own token for the next request on the connection; this one ends with this
        // request.
        _aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        CancellationToken = _aborted.Token;
    }

    public CancellationToken CancellationToken { get; }

    /// <summary>The headers while the request lasts, and then such as go nowhere.</summary>
    public IHeaderDictionary Headers => _response?.Headers ?? new HeaderDictionary();

    /// <summary>The body while the request lasts, and then one that goes nowhere.</summary>
    public Stream Body => _response?.Body ?? Stream.Null;

    public int StatusCode
    {
        get => _response?.StatusCode ?? StatusCodes.Status200OK;
        set => BeforeStart(response => response.StatusCode = value);
    }

    public string? ContentType
    {
        get => _response?.ContentType;
        set => BeforeStart(response => response.ContentType = value);
    }

    public void Write(ArraySegment<byte> data)
    {
        lock (_gate)
        {
            if (_held is not null)
            {
                _held.Write(data.AsSpan());
            }
            else if (_response is not null)
            {
                _response.BodyWriter.Write(data.AsSpan());
                _hasUnflushed = true;
            }
        }
    }

    public async Task Flush()
    {
        ValueTask<System.IO.Pipelines.FlushResult> flush;
        lock (_gate)
        {
            if (_response is null)
            {
                return;
            }

            _hasUnflushed = false;
            flush = _response.BodyWriter.FlushAsync(CancellationToken);
        }

        await flush.ConfigureAwait(false);
    }

    /// <summary>Keeps back what is written from now on.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held ??= new ArrayBufferWriter<byte>();
        }
    }

    /// <summary>What was kept back.</summary>
    public ArraySegment<byte> TakeHeld()
    {
        lock (_gate)
        {
            return _held is null ? default : new ArraySegment<byte>(_held.WrittenSpan.ToArray());
        }
    }

    /// <summary>Sends what was written without a flush, which is how SignalR answers short requests.</summary>
    public async Task FlushRestAsync()
    {
        if (_hasUnflushed && !CancellationToken.IsCancellationRequested)
        {
            await Flush().ConfigureAwait(false);
        }
    }

    /// <summary>Lets go of the response, whose request has ended.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _response = null;
        }

        _aborted.Dispose();
    }

    /// <summary>
    /// Sets what is sent with the headers; when they are gone it is too late, which must not break the stream.
    /// </summary>
    private void BeforeStart(Action<HttpResponse> set)
    {
        lock (_gate)
        {
            if (_response is { HasStarted: false } response)
            {
                set(response);
            }
        }
    }
}
