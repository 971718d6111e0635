using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCompression;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>The streams of messages, read by hand: what must leave the server at once, and how a stream ends.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task ServerSentEvents_OfAMessage_ArriveWhileTheStreamIsOpen()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await OpenAsync(host, "serverSentEvents");

        await BroadcastAsync(host, "one");
        var first = await connection.LineWithAsync("one");
        await BroadcastAsync(host, "two");
        var second = await connection.LineWithAsync("two");

        Assert.Equal("text/event-stream", connection.Response!.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("data: {", first, StringComparison.Ordinal);
        Assert.StartsWith("data: {", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForeverFrame_OfAMessage_ArrivesAsScriptWhileTheStreamIsOpen()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "foreverFrame");
        await connection.ConnectAsync("&frameId=3");

        var opening = await connection.LineWithAsync("getConnection");
        await connection.StartAsync();
        await BroadcastAsync(host, "</script>one");
        var first = await connection.LineWithAsync("one");
        await BroadcastAsync(host, "two");
        var second = await connection.LineWithAsync("two");

        Assert.Equal("text/html", connection.Response!.Content.Headers.ContentType!.MediaType);
        Assert.Contains("getConnection('3')", opening, StringComparison.Ordinal);
        Assert.StartsWith("<script>r(c, {", first, StringComparison.Ordinal);
        Assert.Contains("\\u003c/script\\u003eone", first, StringComparison.Ordinal);
        Assert.StartsWith("<script>r(c, {", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_BehindAServerThatBuffers_TellsItNotTo()
    {
        await using var host = await SignalRHost.StartAsync(map: app =>
        {
            app.Use((context, next) =>
            {
                var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
                context.Features.Set<IHttpResponseBodyFeature>(
                    new BufferWatch(body, context.RequestServices.GetRequiredService<Journal>()));
                return next(context);
            });
            app.MapClassicSignalR();
        });
        await using var connection = await OpenAsync(host, "serverSentEvents");

        Assert.Equal("off", await host.Journal.NextAsync("buffering"));
    }

    [Theory]
    [InlineData("serverSentEvents", "")]
    [InlineData("foreverFrame", "&frameId=1")]
    public async Task Stream_ThroughCompression_StillArrivesAtOnce(string transport, string more)
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddResponseCompression(options => options.MimeTypes =
                [.. ResponseCompressionDefaults.MimeTypes, "text/event-stream"]),
            map: app =>
            {
                app.UseResponseCompression();
                app.MapClassicSignalR();
            });
        using var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All };
        using var client = new HttpClient(handler) { BaseAddress = host.Address };
        await using var connection = await RawConnection.NegotiateAsync(client, transport);
        await connection.ConnectAsync(more, request => request.Headers.Add("Accept-Encoding", "gzip"));
        await connection.StartAsync();

        await BroadcastAsync(host, "one");
        await connection.LineWithAsync("one");
        await BroadcastAsync(host, "two");
        await connection.LineWithAsync("two");
    }

    [Theory]
    [InlineData("serverSentEvents", "")]
    [InlineData("foreverFrame", "&frameId=1")]
    [InlineData("longPolling", "")]
    public async Task Stream_ThatTheClientLeaves_EndsItsRequest(string transport, string more)
    {
        await using var host = await SignalRHost.StartAsync();
        var connection = await OpenAsync(host, transport, more);
        Task? poll = null;
        using var leave = new CancellationTokenSource();
        if (transport == "longPolling")
        {
            // The first poll was answered at once; the second one waits for a message.
            await NextEndOfAsync(host, "connect");
            poll = host.Client.GetAsync(connection.Url("poll", "&messageId=d-0,0%7C"), leave.Token);
            await host.Journal.NextAsync("begun poll");
        }

        await connection.DisposeAsync();
        await leave.CancelAsync();

        await NextEndOfAsync(host, poll is null ? "connect" : "poll");
        if (poll is not null)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        }
    }

    [Theory]
    [InlineData("serverSentEvents", "")]
    [InlineData("foreverFrame", "&frameId=1")]
    public async Task Abort_OfAConnection_EndsItsStream(string transport, string more)
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await OpenAsync(host, transport, more);

        using var body = new ByteArrayContent([]);
        using var response = await host.Client.PostAsync(connection.Url("abort"), body);
        await connection.ToEndAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.EndsWith(" stopped", await host.Journal.NextAsync("disconnected"), StringComparison.Ordinal);
    }

    private static async Task<RawConnection> OpenAsync(SignalRHost host, string transport, string? more = null)
    {
        var connection = await RawConnection.NegotiateAsync(host.Client, transport);
        await connection.ConnectAsync(more);
        await connection.StartAsync();
        return connection;
    }

    private static async Task BroadcastAsync(SignalRHost host, string text)
    {
        var clients = host.Contexts
            .GetHubContext("chat").Clients;
        await ((Task)clients.All.received(text)).WaitAsync(Wait.Limit);
    }

    private sealed class BufferWatch(IHttpResponseBodyFeature inner, Journal journal) : StreamResponseBodyFeature(inner.Stream, inner)
    {
        public override void DisableBuffering()
        {
            journal.Write("buffering", "off");
            base.DisableBuffering();
        }
    }

    private static async Task NextEndOfAsync(SignalRHost host, string action)
    {
        while (await host.Journal.NextAsync("ended") != $"/signalr/{action}")
        {
        }
    }
}
