using System.IO.Pipelines;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
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
    [InlineData(StatusCodes.Status200OK, 4L)]
    [InlineData(StatusCodes.Status204NoContent, null)]
    [InlineData(StatusCodes.Status205ResetContent, null)]
    [InlineData(StatusCodes.Status304NotModified, null)]
    public async Task FlushRest_NothingHasLeftYet_TellsTheLengthOfABody(int status, long? length)
    {
        _context.Features.Set<IHttpResponseBodyFeature>(new ServerBody());
        _context.Response.StatusCode = status;
        using var response = new ClassicResponse(_context);
        response.Write("po"u8);
        response.Write("ng"u8);

        await response.FlushRestAsync();

        Assert.Equal(length, _context.Response.ContentLength);
    }

    [Fact]
    public async Task FlushRest_BodyIsAStreamOfMiddleware_TellsNoLength()
    {
        using var response = new ClassicResponse(_context);
        response.Write("pong"u8);

        await response.FlushRestAsync();

        Assert.Null(_context.Response.ContentLength);
        Assert.Equal("pong", Body());
    }

    [Fact]
    public async Task FlushRest_ThePartBeforeHasLeft_TellsNoLength()
    {
        _context.Features.Set<IHttpResponseFeature>(new StartedResponse());
        _context.Features.Set<IHttpResponseBodyFeature>(new ServerBody());
        using var response = new ClassicResponse(_context);
        response.Write("pong"u8);

        await response.FlushRestAsync();

        Assert.Null(_context.Response.ContentLength);
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
        _context.Features.Set<IHttpResponseFeature>(new StartedResponse());
        using var response = new ClassicResponse(_context);

        response.ContentType = "text/late";
        response.StatusCode = StatusCodes.Status500InternalServerError;

        Assert.Null(response.ContentType);
        Assert.Equal(StatusCodes.Status200OK, response.StatusCode);
    }

    private sealed class ServerBody : IHttpResponseBodyFeature
    {
        public Stream Stream => Stream.Null;

        public PipeWriter Writer { get; } = PipeWriter.Create(Stream.Null);

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }

    private sealed class StartedResponse : HttpResponseFeature
    {
        public override bool HasStarted => true;
    }

    private string Body() => Encoding.UTF8.GetString(_body.ToArray());
}
