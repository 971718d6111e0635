using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using RedisBackplane.AspNetCore.Tests.Hosting;

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
}
