using System.IO.Pipelines;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using RedisBackplane.AspNetCore.Requests;

namespace RedisBackplane.AspNetCore.Tests.Requests;

public sealed class ClassicResponseTests
{
    private readonly DefaultHttpContext _context = new();
    private readonly MemoryStream _body = new();

    public ClassicResponseTests() => _context.Response.Body = _body;

    [Fact]
    public async Task Write_WithoutAFlush_LeavesAtTheEndOfTheRequest()
    {
        using var response = new ClassicResponse(_context);

        await response.End("pong");
        Assert.Equal(string.Empty, Body());

        await response.FlushRestAsync();
        Assert.Equal("pong", Body());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task FlushRest_BodyOfTheServer_LeavesItToTheServerUnlessItHasStarted(bool hasStarted, bool isSent)
    {
        var server = new Server(_body, hasStarted);
        _context.Features.Set<IHttpResponseFeature>(server);
        _context.Features.Set<IHttpResponseBodyFeature>(server);
        using var response = new ClassicResponse(_context);
        response.Write("pong"u8);

        await response.FlushRestAsync();

        Assert.Equal(isSent ? "pong" : "", Body());
    }

    [Fact]
    public async Task Write_AfterTheRequestEnded_GoesNowhere()
    {
        var response = new ClassicResponse(_context);
        response.Write(Encoding.UTF8.GetBytes("mine"));
        await response.Flush();
        response.Dispose();

        response.Write(Encoding.UTF8.GetBytes("too late"));
        await response.Flush();
        response.StatusCode = 500;
        response.ContentType = "text/late";
        await _context.Response.BodyWriter.FlushAsync();

        Assert.Equal("mine", Body());
        Assert.Equal(StatusCodes.Status200OK, _context.Response.StatusCode);
        Assert.Null(_context.Response.ContentType);
    }

    [Fact]
    public void CancellationToken_WhenTheRequestIsAborted_IsCancelled()
    {
        using var aborted = new CancellationTokenSource();
        _context.RequestAborted = aborted.Token;
        using var response = new ClassicResponse(_context);
        Assert.False(response.CancellationToken.IsCancellationRequested);

        aborted.Cancel();

        Assert.True(response.CancellationToken.IsCancellationRequested);
    }

    [Fact]
    public void CancellationToken_AfterTheRequestEnded_IsNotThatOfTheNextRequest()
    {
        using var connection = new CancellationTokenSource();
        _context.RequestAborted = connection.Token;
        var response = new ClassicResponse(_context);
        response.Dispose();

        connection.Cancel();

        Assert.False(response.CancellationToken.IsCancellationRequested);
    }

    [Fact]
    public void Headers_SetAfterTheResponseStarted_AreIgnored()
    {
        _context.Features.Set<IHttpResponseFeature>(new Server(Stream.Null, hasStarted: true));
        using var response = new ClassicResponse(_context);

        response.ContentType = "text/late";
        response.StatusCode = StatusCodes.Status500InternalServerError;

        Assert.Null(response.ContentType);
        Assert.Equal(StatusCodes.Status200OK, response.StatusCode);
    }

    /// <summary>SignalR's transports write a large message at once. A slow link needs longer for it.</summary>
    [Theory]
    [InlineData(4, 30)]
    [InlineData(10 * 1024 * 1024, 30 + 320)]
    public async Task Flush_ClientTakesNothing_IsCutOffAfterTheTimeForItsBytes(int bytes, int seconds)
    {
        var time = new FakeTimeProvider();
        var connection = new Connection();
        _context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        _context.Response.Body = new StuckStream();
        using var response = new ClassicResponse(_context, time);
        response.Write(new byte[bytes]);

        var flush = response.Flush();
        time.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.False(connection.IsAborted);
        time.Advance(TimeSpan.FromSeconds(1));

        await flush.WaitAsync(Wait.Limit);
        Assert.True(connection.IsAborted);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class StuckStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource().Task);
    }

    /// <summary>One object with all features, as servers have it.</summary>
    private sealed class Server(Stream body, bool hasStarted) : HttpResponseFeature, IHttpResponseBodyFeature
    {
        public override bool HasStarted => hasStarted;

        public Stream Stream => body;

        public PipeWriter Writer { get; } = PipeWriter.Create(body);

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }

    private string Body() => Encoding.UTF8.GetString(_body.ToArray());
}
