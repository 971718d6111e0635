namespace RedisBackplane.AspNetCore.Tests.Requests;

public sealed class CorsTests
{
    private const string Friend = "https://friend.example";

    [Fact]
    public async Task RequireCors_WithAPolicy_LetsInItsOriginsAlone()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddCors(cors => cors.AddPolicy(
                "friends", policy => policy.WithOrigins(Friend).AllowAnyHeader().AllowAnyMethod().AllowCredentials())),
            map: app =>
            {
                app.UseCors();
                app.MapClassicSignalR().RequireCors("friends");
            });

        using var friend = await SendAsync(host, HttpMethod.Get, Friend);
        using var preflight = await SendAsync(host, HttpMethod.Options, Friend);
        using var stranger = await SendAsync(host, HttpMethod.Get, "https://stranger.example");

        Assert.Equal(Friend, Allowed(friend));
        Assert.Equal("true", friend.Headers.GetValues("Access-Control-Allow-Credentials").Single());
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Friend, Allowed(preflight));
        Assert.Null(Allowed(stranger));
    }

    [Theory]
    [InlineData(Friend, true)]
    [InlineData("https://stranger.example", false)]
    public async Task AllowedOrigins_OfWebSockets_AreHeeded(string origin, bool allowed)
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.Configure<WebSocketOptions>(options => options.AllowedOrigins.Add(Friend)));

        var answer = await RawConnection.OpenSocketAsync(host, origin);

        Assert.Equal((allowed ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, allowed), answer);
    }

    [Fact]
    public async Task WithoutCors_NoOriginIsAllowed()
    {
        await using var host = await SignalRHost.StartAsync();

        using var response = await SendAsync(host, HttpMethod.Get, Friend);

        Assert.Null(Allowed(response));
    }

    private static async Task<HttpResponseMessage> SendAsync(SignalRHost host, HttpMethod method, string origin)
    {
        using var request = new HttpRequestMessage(method, "/signalr/negotiate");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        return await host.Client.SendAsync(request);
    }

    private static string? Allowed(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
}
