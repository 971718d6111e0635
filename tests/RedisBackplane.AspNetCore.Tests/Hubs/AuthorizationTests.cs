using System.Net;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class AuthorizationTests
{
    [Theory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task GuardedHub_ForAUser_LetsInWhomItAllows(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var user = host.Connect("alice");
        using var admin = host.Connect("bob/admin");
        var (userHub, adminHub) = (user.CreateHubProxy("GuardedHub"), admin.CreateHubProxy("GuardedHub"));
        await user.StartAsync(transport);
        await admin.StartAsync(transport);

        Assert.Equal("open", await userHub.Invoke<string>("Open").WaitAsync(Wait.Limit));
        Assert.Equal("admin", await adminHub.Invoke<string>("AdminsOnly").WaitAsync(Wait.Limit));
        await Assert.ThrowsAsync<InvalidOperationException>(() => userHub.Invoke<string>("AdminsOnly").WaitAsync(Wait.Limit));
    }

    [Fact]
    public async Task GuardedHub_WithoutAUser_Answers401()
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = host.Connect();
        connection.CreateHubProxy("GuardedHub");

        var exception = await Assert.ThrowsAsync<HttpClientException>(() => connection.StartAsync("webSockets"));

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

    [Theory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task UserIdProvider_AmongTheServices_DecidesWhoAUserIs(string transport)
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton<IUserIdProvider, UpperCaseIds>());
        using var client = new ChatClient(host, "alice");
        await client.StartAsync(transport);

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
