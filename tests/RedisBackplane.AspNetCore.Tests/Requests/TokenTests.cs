using System.Security.Claims;
using Microsoft.AspNetCore.DataProtection;

namespace RedisBackplane.AspNetCore.Tests.Requests;

public sealed class TokenTests
{
    private const string Alice = $"&{SignalRHost.UserParameter}=alice";
    private const string Bob = $"&{SignalRHost.UserParameter}=bob";

    [Fact]
    public async Task Token_OfAnotherUser_IsRefused()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: Alice);

        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(host, connection, Bob));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(host, connection));
        Assert.Equal(HttpStatusCode.OK, await ConnectAsync(host, connection, Alice));
    }

    [Theory]
    [InlineData("sub")]
    [InlineData(ClaimTypes.NameIdentifier)]
    public async Task Token_OfAnotherUserWithoutAName_IsRefused(string claim)
    {
        await using var host = await SignalRHost.StartAsync(map: app =>
        {
            app.Use((context, next) =>
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(claim, context.Request.Query["subject"]!)], "Test"));
                return next(context);
            });
            app.MapClassicSignalR();
        });
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: "&subject=alice");

        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(host, connection, "&subject=bob"));
        Assert.Equal(HttpStatusCode.OK, await ConnectAsync(host, connection, "&subject=alice"));
    }

    [Fact]
    public async Task Token_OfAnotherUserIdWithTheSameName_IsRefused()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddSingleton<IUserIdProvider, TenantIds>());
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: $"{Alice}&tenant=1");

        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(host, connection, $"{Alice}&tenant=2"));
        Assert.Equal(HttpStatusCode.OK, await ConnectAsync(host, connection, $"{Alice}&tenant=1"));
    }

    [Fact]
    public async Task Token_OfTheSameNameInAnotherSpelling_IsAccepted()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: Alice);

        Assert.Equal(HttpStatusCode.OK, await ConnectAsync(host, connection, $"&{SignalRHost.UserParameter}=ALICE"));
    }

    [Fact]
    public async Task Token_OfAServerWithTheSameKeys_IsAccepted()
    {
        var keys = new EphemeralDataProtectionProvider();
        await using var one = await StartWithAsync(keys);
        await using var other = await StartWithAsync(keys);
        await using var connection = await RawConnection.NegotiateAsync(one.Client, "serverSentEvents");
        await using var moved = connection.At(other.Client);

        await moved.ConnectAsync();

        Assert.Contains("initialized", await moved.LineWithAsync("data:"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_OfAServerWithOtherKeys_IsRefused()
    {
        await using var one = await StartWithAsync(new EphemeralDataProtectionProvider());
        await using var other = await StartWithAsync(new EphemeralDataProtectionProvider());
        await using var connection = await RawConnection.NegotiateAsync(one.Client, "serverSentEvents");

        Assert.Equal(HttpStatusCode.BadRequest, await ConnectAsync(other, connection));
    }

    /// <summary>SignalR itself would answer that the token is wrong, and log nothing.</summary>
    [Fact]
    public async Task Token_WhenTheUserIdProviderFails_IsNotBlamed()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services =>
        {
            services.AddSingleton<IUserIdProvider, FailingIds>();
            services.AddSingleton(logs.Provider);
        });
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: Alice);

        Assert.Equal(HttpStatusCode.InternalServerError, await ConnectAsync(host, connection, $"{Alice}&fails=1"));

        await logs.NextAsync(log => log.Level == LogLevel.Error && log.Exception?.Message == "no directory");
        Assert.Equal(HttpStatusCode.OK, await ConnectAsync(host, connection, Alice));
    }

    private static async Task<HttpStatusCode> ConnectAsync(SignalRHost host, RawConnection connection, string? more = null)
    {
        using var response = await host.Client.GetAsync(connection.Url("connect", more));
        return response.StatusCode;
    }

    private static Task<SignalRHost> StartWithAsync(IDataProtectionProvider keys) =>
        SignalRHost.StartAsync(services: services => services.AddSingleton(keys));

    private sealed class TenantIds : IUserIdProvider
    {
        public string GetUserId(IRequest request) => $"{request.QueryString["tenant"]}/{request.User.Identity!.Name}";
    }

    private sealed class FailingIds : IUserIdProvider
    {
        public string GetUserId(IRequest request) => request.QueryString["fails"] is null
            ? request.User.Identity!.Name!
            : throw new InvalidOperationException("no directory");
    }
}
