using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

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
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "webSockets");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.CollectHttpResponseDetails = true;
        using var timeout = new CancellationTokenSource(Wait.Limit);
        var url = new UriBuilder(new Uri(host.Address, connection.Url("connect"))) { Scheme = "ws" }.Uri;

        var exception = await Record.ExceptionAsync(() => socket.ConnectAsync(url, timeout.Token));

        Assert.Equal(allowed, exception is null);
        Assert.Equal(allowed ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, socket.HttpStatusCode);
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
