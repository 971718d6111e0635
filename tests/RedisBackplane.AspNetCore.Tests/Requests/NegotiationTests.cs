using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace RedisBackplane.AspNetCore.Tests.Requests;

public sealed class NegotiationTests
{
    [Fact]
    public async Task Negotiate_WithOptions_TellsThemToTheClient()
    {
        await using var host = await SignalRHost.StartAsync(options =>
        {
            options.DisconnectTimeout = TimeSpan.FromSeconds(60);
            options.ConnectionTimeout = TimeSpan.FromSeconds(100);
            options.TransportConnectTimeout = TimeSpan.FromSeconds(7);
            options.LongPollDelay = TimeSpan.FromSeconds(1);
        });

        var answer = await host.Client.GetFromJsonAsync<JsonElement>(new Uri("/signalr/negotiate?clientProtocol=1.5", UriKind.Relative));

        Assert.Equal("/signalr", answer.GetProperty("Url").GetString());
        Assert.True(answer.GetProperty("TryWebSockets").GetBoolean());
        Assert.Equal("1.5", answer.GetProperty("ProtocolVersion").GetString());
        Assert.Equal(60, answer.GetProperty("DisconnectTimeout").GetDouble());
        // The client waits for two keep-alives, each a third of the disconnect timeout apart.
        Assert.Equal(40, answer.GetProperty("KeepAliveTimeout").GetDouble());
        Assert.Equal(100, answer.GetProperty("ConnectionTimeout").GetDouble());
        Assert.Equal(7, answer.GetProperty("TransportConnectTimeout").GetDouble());
        Assert.Equal(1, answer.GetProperty("LongPollDelay").GetDouble());
        Assert.NotEmpty(answer.GetProperty("ConnectionToken").GetString()!);
    }

    [Fact]
    public async Task Negotiate_WithoutKeepAlive_TellsNone()
    {
        await using var host = await SignalRHost.StartAsync(options => options.KeepAlive = null);

        var answer = await host.Client.GetFromJsonAsync<JsonElement>(new Uri("/signalr/negotiate", UriKind.Relative));

        Assert.Equal(JsonValueKind.Null, answer.GetProperty("KeepAliveTimeout").ValueKind);
    }

    [Fact]
    public async Task ShortAnswer_StatusHasNoBody_IsSentWithoutOne()
    {
        await using var host = await StartAsync(async (context, next) =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            await next(context);
        });

        using var answer = await host.Client.GetAsync(new Uri("/signalr/negotiate?clientProtocol=1.5", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Fact]
    public async Task ShortAnswer_MiddlewareAddsToIt_IsWhole()
    {
        await using var host = await StartAsync(async (context, next) =>
        {
            var original = context.Response.Body;
            using var body = new MemoryStream();
            context.Response.Body = body;
            await next(context);
            body.Write("more"u8);
            context.Response.Body = original;
            await original.WriteAsync(body.ToArray());
        });

        var answer = await host.Client.GetStringAsync(new Uri("/signalr/negotiate?clientProtocol=1.5", UriKind.Relative));

        Assert.EndsWith("}more", answer, StringComparison.Ordinal);
    }

    private static Task<SignalRHost> StartAsync(Func<HttpContext, RequestDelegate, Task> middleware) => SignalRHost.StartAsync(map: app =>
    {
        app.Use(middleware);
        app.MapClassicSignalR();
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Negotiate_OfEveryKind_HasTheSameAnswerFromBothDispatchers(bool keepsAlive)
    {
        await using var stock = await StartAsync(isStock: true);
        await using var own = await StartAsync(isStock: false);
        string[] kinds =
        [
            "/signalr/negotiate", "/signalr/negotiate?clientProtocol=1.5", "/signalr/negotiate?clientProtocol=1.2",
            "/signalr/negotiate?clientProtocol=9.9", "/signalr/negotiate?clientProtocol=x", "/signalr/a/negotiate",
            "/signalr/NEGOTIATE?clientProtocol=1.5", "/signalr/negotiate?test-user=ada", "/signalr/%22/negotiate",
        ];
        var tokens = new HashSet<string>();
        foreach (var url in kinds.Concat(kinds).Concat(kinds))
        {
            var (expected, _, _) = await NegotiateAsync(stock, url);
            var (actual, token, id) = await NegotiateAsync(own, url);

            Assert.Equal(expected, actual);
            Assert.True(tokens.Add(token) && tokens.Add(id), "each connection has its own token and id");
        }

        Task<SignalRHost> StartAsync(bool isStock) => SignalRHost.StartAsync(options =>
        {
            options.UseStockHubDispatcher = isStock;
            options.KeepAlive = keepsAlive ? options.KeepAlive : null;
        });
    }

    [Fact]
    public async Task Answers_OfAnyKind_AreNeitherCachedNorGuessed()
    {
        await using var host = await SignalRHost.StartAsync();

        using var response = await host.Client.GetAsync(new Uri("/signalr/ping", UriKind.Relative));

        Assert.Equal("""{ "Response": "pong" }""", await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/signalr")]
    [InlineData("/signalr/connect")]
    [InlineData("/signalr/connect?transport=pigeon")]
    [InlineData("/signalr/connect?transport=longPolling")]
    [InlineData("/signalr/connect?transport=longPolling&connectionToken=made-up")]
    [InlineData("/signalr/connect?transport=webSockets&connectionToken=made-up")]
    public async Task Request_ThatIsNotOfTheProtocol_Answers400(string url)
    {
        await using var host = await SignalRHost.StartAsync();

        using var response = await host.Client.GetAsync(new Uri(url, UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEmpty(await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Connect_OverWebSocketsWithoutAnUpgrade_Answers400()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "webSockets");

        using var response = await host.Client.GetAsync(connection.Url("connect"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.Forbidden, "")]
    [InlineData(true, HttpStatusCode.OK, """cb({ "Response": "pong" });""")]
    public async Task Jsonp_AskedFor_IsAnsweredWhereEnabled(bool enabled, HttpStatusCode status, string body)
    {
        await using var host = await SignalRHost.StartAsync(options => options.EnableJsonp = enabled);

        using var response = await host.Client.GetAsync(new Uri("/signalr/ping?callback=cb", UriKind.Relative));

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    /// <returns>The answer with its headers, without token and id; the token; the id.</returns>
    private static async Task<(string Answer, string Token, string Id)> NegotiateAsync(SignalRHost host, string url)
    {
        const string Data = "connectionData=%5B%7B%22name%22%3A%22odd%22%7D%5D";
        using var response = await host.Client.GetAsync(new Uri(url + (url.Contains('?') ? "&" : "?") + Data, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        using var json = JsonDocument.Parse(text);
        var token = json.RootElement.GetProperty("ConnectionToken").GetString()!;
        var id = json.RootElement.GetProperty("ConnectionId").GetString()!;
        response.Headers.Date = null;
        var answer = text.Replace(token, "token", StringComparison.Ordinal).Replace(id, "id", StringComparison.Ordinal);
        return ($"{(int)response.StatusCode} {response.Headers}{response.Content.Headers}{answer}", token, id);
    }
}
