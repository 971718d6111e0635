using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using RedisBackplane.AspNetCore.Requests;

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

    /// <summary>The server uses the context for the next request on the connection.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Watch_AuthenticationEnds_AbortsTheRequestAndNoLaterOne(bool hasEnded)
    {
        var lifetime = new Lifetime();
        var context = new DefaultHttpContext();
        context.Features.Set<IAuthenticateResultFeature>(new Expiring());
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        using var response = new ClassicResponse(context);
        using var timer = AuthenticationExpiry.Watch(context, response, _time);

        if (hasEnded)
        {
            response.Dispose();
        }

        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(!hasEnded, lifetime.IsAborted);
    }

    /// <summary>As of a user who wants to be remembered.</summary>
    [Fact]
    public void Watch_AuthenticationEndsInAMonth_AbortsTheRequestThen()
    {
        var lifetime = new Lifetime();
        var context = new DefaultHttpContext();
        context.Features.Set<IAuthenticateResultFeature>(new Expiring { Left = TimeSpan.FromDays(30) });
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        using var response = new ClassicResponse(context);
        using var timer = AuthenticationExpiry.Watch(context, response, _time);

        _time.Advance(TimeSpan.FromDays(29.9));
        Assert.False(lifetime.IsAborted);
        _time.Advance(TimeSpan.FromDays(0.1));

        Assert.True(lifetime.IsAborted);
    }

    private Task<SignalRHost> StartAsync(bool close) => SignalRHost.StartAsync(
        options => options.CloseOnAuthenticationExpiration = close,
        services => services.AddSingleton<TimeProvider>(_time),
        app =>
        {
            // The feature that the authentication middleware sets.
            app.Use((context, next) =>
            {
                context.Features.Set<IAuthenticateResultFeature>(new Expiring());
                return next(context);
            });
            app.MapClassicSignalR();
        });

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class Expiring : IAuthenticateResultFeature
    {
        private AuthenticateResult? _result;

        public TimeSpan Left { get; init; } = TimeSpan.FromMinutes(10);

        public AuthenticateResult? AuthenticateResult
        {
            get => _result ?? AuthenticateResult.Success(new AuthenticationTicket(
                new ClaimsPrincipal(), new AuthenticationProperties { ExpiresUtc = DateTimeOffset.UnixEpoch + Left }, "Test"));
            set => _result = value;
        }
    }
}
