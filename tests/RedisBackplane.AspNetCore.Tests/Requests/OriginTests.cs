using Microsoft.AspNetCore.Cors.Infrastructure;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>A browser lets pages of other origins open WebSockets and send posts with the user's cookies.</summary>
public sealed class OriginTests
{
    private const string Friend = "https://friend.example";
    private const string Stranger = "https://stranger.example";

    public static TheoryData<string, Action<ClassicSignalROptions>?, Action<IServiceCollection>?, Action<WebApplication>?> Permissions =>
        new()
    {
        { "option", options => options.AllowedOrigins.Add(Friend), null, null },
        { "policy by name", null, AddPolicy, app => Map(app, "friends") },
        {
            "policy of the endpoint", null, services => services.AddCors(), app =>
            {
                app.UseCors();
                app.MapClassicSignalR().RequireCors(Allow);
            }
        },
        {
            "policy of the middleware", null, services => services.AddCors(), app =>
            {
                app.UseCors(Allow);
                app.MapClassicSignalR();
            }
        },
        {
            "default policy", null, services => services.AddCors(cors => cors.AddDefaultPolicy(Allow)), app =>
            {
                app.UseCors();
                app.MapClassicSignalR();
            }
        },
    };

    [Theory]
    [MemberData(nameof(Permissions), DisableDiscoveryEnumeration = true)]
    public async Task OtherOrigin_ThatTheApplicationAllows_IsServedAndNoOther(
        string how, Action<ClassicSignalROptions>? options, Action<IServiceCollection>? services, Action<WebApplication>? map)
    {
        Assert.NotEmpty(how);
        await using var host = await SignalRHost.StartAsync(options, services, map);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(host, Friend));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await OpenAsync(host, Friend));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(host, Stranger));
        Assert.Equal(HttpStatusCode.Forbidden, await OpenAsync(host, Stranger));
    }

    [Fact]
    public async Task OtherOrigin_ThatNobodyAllows_IsRefusedAndLoggedOnce()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton(logs.Provider));

        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(host, Stranger));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(host, Stranger));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(host, "null"));
        Assert.Equal(HttpStatusCode.Forbidden, await OpenAsync(host, Stranger));

        var warnings = logs.Rest().Where(
            entry => entry.Level == LogLevel.Warning && entry.Message.Contains(Stranger, StringComparison.Ordinal));
        Assert.Contains("AllowedOrigins", Assert.Single(warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnOriginAndNoOrigin_AreServed()
    {
        await using var host = await SignalRHost.StartAsync();
        var own = host.Address.GetLeftPart(UriPartial.Authority);

        Assert.Equal(HttpStatusCode.OK, await PostAsync(host, own));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(host, own.Replace("http:", "https:", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(host, origin: null));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await OpenAsync(host, own));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await OpenAsync(host, origin: null));
    }

    [Theory]
    [InlineData("https://public.example", "same-origin", HttpStatusCode.OK)]
    [InlineData("https://public.example", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("https://public.example", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1:1", null, HttpStatusCode.Forbidden)]
    public async Task OtherOriginOrPort_BehindAProxy_TheSiteThatTheBrowserTellsDecides(string origin, string? site, HttpStatusCode status)
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal(status, await PostAsync(host, origin, site));
    }

    /// <summary>Browsers do not send their judgement with every WebSocket. Pages cannot set a proxy's header.</summary>
    [Theory]
    [InlineData("https://public.example", "public.example", HttpStatusCode.OK)]
    [InlineData("https://public.example", "public.example:443, inner.example", HttpStatusCode.OK)]
    [InlineData("https://public.example:8443", "public.example", HttpStatusCode.Forbidden)]
    [InlineData(Stranger, "public.example", HttpStatusCode.Forbidden)]
    [InlineData(Stranger, "", HttpStatusCode.Forbidden)]
    public async Task OtherOrigin_BehindAProxyThatTellsTheHost_IsComparedWithIt(string origin, string forwarded, HttpStatusCode status)
    {
        await using var host = await SignalRHost.StartAsync();

        Assert.Equal(status, await PostAsync(host, origin, forwarded: forwarded));
    }

    private static void AddPolicy(IServiceCollection services) => services.AddCors(cors => cors.AddPolicy("friends", Allow));

    private static void Allow(CorsPolicyBuilder policy) => policy.WithOrigins(Friend).AllowAnyHeader().AllowAnyMethod().AllowCredentials();

    private static void Map(WebApplication app, string policy)
    {
        app.UseCors();
        app.MapClassicSignalR().RequireCors(policy);
    }

    private static async Task<HttpStatusCode> PostAsync(
        SignalRHost host, string? origin, string? site = null, string? forwarded = null)
    {
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling");
        using var request = new HttpRequestMessage(HttpMethod.Post, connection.Url("abort"));
        Add(request, "Origin", origin);
        Add(request, "Sec-Fetch-Site", site);
        Add(request, "X-Forwarded-Host", forwarded);
        using var response = await host.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> OpenAsync(SignalRHost host, string? origin) =>
        (await RawConnection.OpenSocketAsync(host, origin)).Status;

    private static void Add(HttpRequestMessage request, string header, string? value)
    {
        if (value is not null)
        {
            request.Headers.Add(header, value);
        }
    }
}
