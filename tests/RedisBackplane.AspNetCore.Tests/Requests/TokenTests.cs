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

        using var bob = await host.Client.GetAsync(connection.Url("connect", Bob));
        using var anonymous = await host.Client.GetAsync(connection.Url("connect"));
        using var alice = await host.Client.GetAsync(connection.Url("connect", Alice));

        Assert.Equal(HttpStatusCode.Forbidden, bob.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alice.StatusCode);
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

        using var bob = await host.Client.GetAsync(connection.Url("connect", "&subject=bob"));
        using var alice = await host.Client.GetAsync(connection.Url("connect", "&subject=alice"));

        Assert.Equal(HttpStatusCode.Forbidden, bob.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alice.StatusCode);
    }

    [Fact]
    public async Task Token_OfAnotherUserIdWithTheSameName_IsRefused()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddSingleton<IUserIdProvider, TenantIds>());
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: $"{Alice}&tenant=1");

        using var other = await host.Client.GetAsync(connection.Url("connect", $"{Alice}&tenant=2"));
        using var same = await host.Client.GetAsync(connection.Url("connect", $"{Alice}&tenant=1"));

        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);
    }

    [Fact]
    public async Task Token_OfTheSameNameInAnotherSpelling_IsAccepted()
    {
        await using var host = await SignalRHost.StartAsync();
        await using var connection = await RawConnection.NegotiateAsync(host.Client, "longPolling", more: Alice);

        using var alice = await host.Client.GetAsync(connection.Url("connect", $"&{SignalRHost.UserParameter}=ALICE"));

        Assert.Equal(HttpStatusCode.OK, alice.StatusCode);
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

        using var response = await other.Client.GetAsync(connection.Url("connect"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private static Task<SignalRHost> StartWithAsync(IDataProtectionProvider keys) =>
        SignalRHost.StartAsync(services: services => services.AddSingleton(keys));

    private sealed class TenantIds : IUserIdProvider
    {
        public string GetUserId(IRequest request) => $"{request.QueryString["tenant"]}/{request.User.Identity!.Name}";
    }
}
