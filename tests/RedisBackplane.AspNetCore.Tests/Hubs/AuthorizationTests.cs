using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class AuthorizationTests
{
    [Theory, EachTransport]
    public async Task GuardedHub_ForAUser_LetsInWhomItAllows(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var user = await ChatClient.StartAsync(host, transport, "alice", "GuardedHub");
        using var admin = await ChatClient.StartAsync(host, transport, "bob/admin", "GuardedHub");

        Assert.Equal("open", await user.AskAsync<string>("Open"));
        Assert.Equal("admin", await admin.AskAsync<string>("AdminsOnly"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => user.AskAsync<string>("AdminsOnly"));
    }

    [Fact]
    public async Task GuardedHub_WithoutAUser_Answers401()
    {
        await using var host = await SignalRHost.StartAsync();

        var exception = await Assert.ThrowsAsync<HttpClientException>(() => ChatClient.StartAsync(host, hub: "GuardedHub"));

        Assert.Equal(HttpStatusCode.Unauthorized, exception.Response.StatusCode);
    }

    [Fact]
    public async Task Connection_OfAUserItRefuses_Answers403()
    {
        await using var host = await SignalRHost.StartAsync(map: app => app.MapClassicSignalR<NobodysConnection>("/nobody"));
        using var connection = new Connection(new Uri(host.Address, "/nobody").ToString());
        connection.Headers.Add(SignalRHost.UserParameter, "alice");

        var exception = await Assert.ThrowsAsync<HttpClientException>(() => connection.StartAsync("webSockets"));

        Assert.Equal(HttpStatusCode.Forbidden, exception.Response.StatusCode);
    }

    /// <summary>A client cannot use a login page.</summary>
    [Fact]
    public async Task RequireAuthorization_WithCookies_Answers401AndDoesNotRedirect()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services =>
            {
                services.AddAuthorization();
                services.AddAuthentication("Cookies").AddCookie("Cookies", cookie => cookie.LoginPath = "/login");
            },
            map: app =>
            {
                app.UseRouting();
                app.UseAuthorization();
                app.MapClassicSignalR().RequireAuthorization();
            });

        using var answer = await host.Client.GetAsync(new Uri("/signalr/negotiate", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task RequireAuthorization_OnTheEndpoint_GuardsEveryPath()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services =>
            {
                services.AddAuthorization();
                services.AddAuthentication("Refuse").AddScheme<AuthenticationSchemeOptions, RefusingHandler>("Refuse", null);
            },
            map: app =>
            {
                app.UseRouting();
                app.UseAuthorization();
                app.MapClassicSignalR().RequireAuthorization();
            });

        using var anonymous = await host.Client.GetAsync(new Uri("/signalr/hubs", UriKind.Relative));
        using var user = await host.Client.GetAsync(new Uri($"/signalr/negotiate?{SignalRHost.UserParameter}=alice", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.OK, user.StatusCode);
    }

    [Theory, EachTransport]
    public async Task UserIdProvider_AmongTheServices_DecidesWhoAUserIs(string transport)
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton<IUserIdProvider, UpperCaseIds>());
        using var client = await ChatClient.StartAsync(host, transport, "alice");

        await client.CallAsync("SendToUser", "ID-ALICE", "hello");

        Assert.Equal("hello", await client.Inbox.NextAsync());
    }

    private sealed class UpperCaseIds : IUserIdProvider
    {
        public string GetUserId(IRequest request) => $"ID-{request.User.Identity!.Name!.ToUpperInvariant()}";
    }

    private sealed class NobodysConnection : PersistentConnection
    {
        protected override bool AuthorizeRequest(IRequest request) => false;
    }

    private sealed class RefusingHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());

        protected override Task HandleChallengeAsync(AuthenticationProperties properties)
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }
    }
}
