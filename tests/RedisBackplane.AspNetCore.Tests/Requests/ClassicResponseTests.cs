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
