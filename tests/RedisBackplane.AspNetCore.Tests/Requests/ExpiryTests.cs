using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.AspNetCore.Tests.Requests;

/// <summary>Connections of users whose authentication ends.</summary>
public sealed class ExpiryTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);

    [Theory, EachTransport]
    public async Task Connection_OfAnExpiredUser_IsClosed(string transport)
    {
        await using var host = await StartAsync(close: true);
        using var client = new ChatClient(host, "ada");
        var reconnecting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Connection.Reconnecting += () => reconnecting.TrySetResult();
        client.Connection.Closed += () => reconnecting.TrySetResult();
        await client.StartAsync(transport);
        await host.ListensAsync(client.Connection.ConnectionId);

        _time.Advance(TimeSpan.FromMinutes(10));

        await reconnecting.Task.WaitAsync(Wait.Limit);
        // A client that reconnects in vain would wait 30 s in Dispose for the end of its connection.
        client.Connection.Stop(TimeSpan.Zero);
    }

    [Fact]
    public async Task Connection_OfAnExpiredUser_LivesOnUnlessTheOptionIsSet()
    {
        await using var host = await StartAsync(close: false);
        using var client = await ChatClient.StartAsync(host, user: "ada");

        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("alive", await client.AskAsync<string>("Echo", "alive"));
    }

    private Task<SignalRHost> StartAsync(bool close) => SignalRHost.StartAsync(
        options => options.CloseOnAuthenticationExpiration = close,
        services => services.AddSingleton<TimeProvider>(_time),
        app =>
        {
            // The feature that the authentication middleware sets.
            app.Use((context, next) =>
            {
                var properties = new AuthenticationProperties { ExpiresUtc = DateTimeOffset.UnixEpoch.AddMinutes(10) };
                var result = AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(), properties, "Test"));
                context.Features.Set<IAuthenticateResultFeature>(new Result { AuthenticateResult = result });
                return next(context);
            });
            app.MapClassicSignalR();
        });

    private sealed class Result : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; }
    }
}
