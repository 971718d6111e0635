using System.Diagnostics;
using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>The host uses GlobalHost.</summary>
[Collection(nameof(GlobalHostTest))]
public sealed class GlobalHostTests : GlobalHostTest
{
    [Fact]
    public async Task RequireAuthentication_BeforeTheMapping_RefusesAnonymousCallers()
    {
        GlobalHost.HubPipeline.RequireAuthentication();
        await using var host = await StartAsync();
        using var anonymous = new ChatClient(host);
        using var user = new ChatClient(host, "ada");

        var exception = await Assert.ThrowsAsync<HttpClientException>(() => anonymous.StartAsync("webSockets"));
        await user.StartAsync("webSockets");

        Assert.Equal(HttpStatusCode.Unauthorized, exception.Response.StatusCode);
        Assert.Equal("hello", await user.AskAsync<string>("Echo", "hello"));
    }

    [Fact]
    public async Task Configuration_BeforeTheMapping_CountsUnlessAnOptionIsSet()
    {
        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(12);
        GlobalHost.Configuration.MaxIncomingWebSocketMessageSize = null;
        GlobalHost.Configuration.LongPollDelay = TimeSpan.FromSeconds(3);
        await using var host = await StartAsync(options => options.LongPollDelay = TimeSpan.FromSeconds(1));

        var negotiated = await host.Client.GetStringAsync(new Uri("/signalr/negotiate", UriKind.Relative));

        Assert.Contains("\"DisconnectTimeout\":12.0", negotiated, StringComparison.Ordinal);
        Assert.Contains("\"LongPollDelay\":1.0", negotiated, StringComparison.Ordinal);
        Assert.Null(GlobalHost.Configuration.MaxIncomingWebSocketMessageSize);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GlobalHost_OverEachTransport_IsThatOfTheHost(bool backplane)
    {
        Skip.If(backplane && TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        GlobalHost.DependencyResolver = new ContainerResolver();
        GlobalHost.HubPipeline.AddModule(new MarkModule());
        GlobalHost.DependencyResolver.Register(typeof(IUserIdProvider), () => new Everybody());
        if (backplane)
        {
            GlobalHost.DependencyResolver.UseRedis(
                (await RedisTestServer.GetSharedAsync()).ConnectionString, AppNames.Unique("globalhost"));
        }

        await using var host = await StartAsync();
        foreach (var transport in new[] { "webSockets", "serverSentEvents", "foreverFrame", "longPolling" })
        {
            await using var client = await WireClient.ConnectAsync(host, transport, "chat,FeatureHub,TickerHub");

            var made = await client.CallAsync("TickerHub", "Name");
            var answer = await client.CallAsync("chat", "Echo", MarkModule.Word);
            await (Task)GlobalHost.ConnectionManager.GetHubContext<ChatHub>().Clients.User("everybody").received(transport);
            await client.CallAsync("FeatureHub", "Report", 20);

            Assert.Equal("container", made.GetString());
            Assert.Equal("marked on its way in", answer.GetString());
            Assert.Equal($"received({transport})", await client.Inbox.NextAsync());
            Assert.Equal(
                ["1 answered", "2 answered", .. Enumerable.Range(1, 20).Select(step => $"3: {step}"), "3 answered"],
                await client.Answers.UntilAsync("3 answered"));
        }
    }

    [Fact]
    public async Task DisconnectTimeout_AfterTheMapping_CanBeSet()
    {
        await using var host = await StartAsync(map: app =>
        {
            app.MapClassicSignalR();
            GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(9);
        });

        var negotiated = await host.Client.GetStringAsync(new Uri("/signalr/negotiate", UriKind.Relative));

        Assert.Contains("\"DisconnectTimeout\":9.0,", negotiated, StringComparison.Ordinal);
        Assert.Contains("\"KeepAliveTimeout\":6.0", negotiated, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Modules_BeforeTheMapping_SeeCallsBesideThoseOfTheServices()
    {
        var seen = new Journal();
        GlobalHost.HubPipeline.AddModule(new Watch(seen, "global"));
        await using var host = await StartAsync(
            services: services => services.AddSingleton<IHubPipelineModule>(new Watch(seen, "service")));
        using var client = await ChatClient.StartAsync(host);

        await client.CallAsync("Echo", "hello");

        Assert.Equal("global", await seen.NextAsync("calls"));
        Assert.Equal("service", await seen.NextAsync("calls"));
    }

    [Fact]
    public async Task Registrations_BeforeTheMapping_AreUsed()
    {
        var made = 0;
        GlobalHost.DependencyResolver.Register(typeof(IUserIdProvider), () => new Everybody());
        GlobalHost.DependencyResolver.Register(typeof(TickerHub), () =>
        {
            made++;
            return new TickerHub(Ticker.Named("registered"));
        });
        await using var host = await StartAsync();
        using var client = new ChatClient(host, "ada");
        var ticker = client.Connection.CreateHubProxy("TickerHub");
        await client.StartAsync("webSockets");

        await client.CallAsync("SendToUser", "everybody", "hello");

        Assert.Equal("hello", await client.Inbox.NextAsync());
        Assert.Equal("registered", await ticker.Invoke<string>("Name").WaitAsync(Wait.Limit));
        Assert.True(made >= 2);
    }

    [Fact]
    public async Task Traces_BeforeTheMapping_GoOnBesideTheLog()
    {
        using var listener = new JournalListener(new Journal());
        GlobalHost.TraceManager.Switch.Level = SourceLevels.All;
        GlobalHost.TraceManager["SignalR.Transports.TransportHeartBeat"].Listeners.Add(listener);
        var logs = new CapturedLogs();
        await using var host = await StartAsync(services: services =>
        {
            services.AddSingleton(logs.Provider);
            services.AddLogging(logging => logging.AddFilter("SignalR", LogLevel.Information));
        });
        using var client = new ChatClient(host);

        await client.StartAsync("webSockets");

        Assert.Contains(client.Connection.ConnectionId, await listener.Journal.NextAsync("trace"), StringComparison.Ordinal);
        await logs.NextAsync(log => log.Message.EndsWith(" is New.", StringComparison.Ordinal));
        Assert.Equal(SourceLevels.All, GlobalHost.TraceManager.Switch.Level);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HubContext_TakenBeforeTheMapping_ReachesClients(bool withAnotherBus)
    {
        IHubContext? context = null;
        await using var host = await StartAsync(services: services =>
        {
            context = GlobalHost.ConnectionManager.GetHubContext<ChatHub>();
            _ = context.Clients.All.received("nobody is there");
            if (withAnotherBus)
            {
                services.AddClassicSignalR().ConfigureResolver((_, resolver) =>
                {
                    var bus = new Lazy<OtherBus>(() => new OtherBus(resolver));
                    resolver.Register(typeof(IMessageBus), () => bus.Value);
                });
            }
        });
        using var client = await ChatClient.StartAsync(host);

        await context!.Groups.Add(client.Connection.ConnectionId, "room").WaitAsync(Wait.Limit);
        await ((Task)context.Clients.Group("room").received("early")).WaitAsync(Wait.Limit);
        Assert.Equal("early", await client.Inbox.NextAsync());
        await ((Task)GlobalHost.ConnectionManager.GetHubContext("chat").Clients.All.received("late")).WaitAsync(Wait.Limit);

        Assert.Equal("late", await client.Inbox.NextAsync());
        Assert.Equal(withAnotherBus, GlobalHost.DependencyResolver.Resolve<IMessageBus>() is OtherBus);
    }

    [Fact]
    public async Task HubContext_TakenBeforeAddClassicSignalR_ReachesClientsOfThisServer()
    {
        var context = GlobalHost.ConnectionManager.GetHubContext<ChatHub>();
        await using var host = await StartAsync();
        using var client = await ChatClient.StartAsync(host);

        await ((Task)context.Clients.All.received("early")).WaitAsync(Wait.Limit);

        Assert.Equal("early", await client.Inbox.NextAsync());
    }

    [Fact]
    public async Task KeepAlive_ThatFitsTheTimeoutOfGlobalHost_IsAccepted()
    {
        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(60);
        await using var host = await StartAsync(options => options.KeepAlive = TimeSpan.FromSeconds(15));

        Assert.Equal(TimeSpan.FromSeconds(15), GlobalHost.Configuration.KeepAlive);
    }

    [Fact]
    public void KeepAlive_ThatDoesNotFitTheTimeoutOfGlobalHost_StopsTheApplicationWithBoth()
    {
        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(12);

        var exception = Refused(options => options.KeepAlive = TimeSpan.FromSeconds(10));

        Assert.Contains("ClassicSignalROptions.KeepAlive is 00:00:10", exception.Message, StringComparison.Ordinal);
        Assert.Contains("DisconnectTimeout 00:00:12", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DisconnectTimeout_AfterAKeepAliveOfGlobalHost_StopsTheApplicationWithBoth()
    {
        GlobalHost.Configuration.KeepAlive = TimeSpan.FromSeconds(5);

        var exception = Refused(options => options.DisconnectTimeout = TimeSpan.FromSeconds(60));

        Assert.Contains("ClassicSignalROptions.DisconnectTimeout is 00:01:00", exception.Message, StringComparison.Ordinal);
        Assert.Contains("KeepAlive 00:00:05", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HubContext_TakenBeforeAddClassicSignalRAndTheBackplane_StopsTheApplication()
    {
        GlobalHost.ConnectionManager.GetHubContext<ChatHub>();

        var exception = Assert.Throws<InvalidOperationException>(() => SignalRHost.Build(
            options => options.UseGlobalHost = true,
            services => services.AddClassicSignalR().AddRedisBackplane(options => options.AppName = "early")));

        Assert.Contains("A hub context was taken from GlobalHost before AddClassicSignalR", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UseRedis_OnGlobalHost_IsTheBusOfTheHost()
    {
        GlobalHost.DependencyResolver.UseRedis("127.0.0.1", 1, null, "global");
        using var application = SignalRHost.Build(options => options.UseGlobalHost = true);

        Assert.IsType<RedisMessageBus>(application.Services.GetRequiredService<IDependencyResolver>().Resolve<IMessageBus>());
    }

    [Fact]
    public async Task Resolver_SetAfterTheMapping_IsReported()
    {
        var logs = new CapturedLogs();
        await using var host = await StartAsync(services: services => services.AddSingleton(logs.Provider));

        GlobalHost.DependencyResolver = new DefaultDependencyResolver();
        await host.Client.GetStringAsync(new Uri("/signalr/ping", UriKind.Relative));

        await logs.NextAsync(log => log.Level == LogLevel.Error
            && log.Message.Contains("GlobalHost.DependencyResolver was replaced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Host_ThatEnds_LeavesGlobalHostAsInANewProcess()
    {
        GlobalHost.HubPipeline.RequireAuthentication();
        var first = await StartAsync();
        var resolver = GlobalHost.DependencyResolver;
        await first.DisposeAsync();

        await using var second = await StartAsync();
        using var anonymous = await ChatClient.StartAsync(second);

        Assert.NotSame(resolver, GlobalHost.DependencyResolver);
        Assert.Equal("hello", await anonymous.AskAsync<string>("Echo", "hello"));
    }

    [Fact]
    public async Task SecondHost_ThatWantsGlobalHostToo_DoesNotStart()
    {
        await using var first = await StartAsync();

        var exception = Assert.Throws<InvalidOperationException>(() => SignalRHost.Build(options => options.UseGlobalHost = true));

        Assert.Contains("Another host of this process uses GlobalHost", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolverOfAContainer_SetAsGlobalHosts_IsTheOneOfTheHost()
    {
        var resolver = new ContainerResolver();
        GlobalHost.DependencyResolver = resolver;
        await using var host = await StartAsync();
        using var client = new ChatClient(host);
        var ticker = client.Connection.CreateHubProxy("TickerHub");
        await client.StartAsync("webSockets");

        Assert.Same(resolver, host.Resolver);
        Assert.Equal("container", await ticker.Invoke<string>("Name").WaitAsync(Wait.Limit));
    }

    private static InvalidOperationException Refused(Action<ClassicSignalROptions> configure) =>
        Assert.Throws<InvalidOperationException>(() => SignalRHost.Build(options =>
        {
            options.UseGlobalHost = true;
            configure(options);
        }));

    private static Task<SignalRHost> StartAsync(
        Action<ClassicSignalROptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null) => SignalRHost.StartAsync(
            own =>
            {
                own.UseGlobalHost = true;
                options?.Invoke(own);
            },
            services,
            map);

    private sealed class OtherBus(IDependencyResolver resolver) : MessageBus(resolver);

    private sealed class JournalListener(Journal journal) : TraceListener
    {
        public Journal Journal { get; } = journal;

        public override void Write(string? message)
        {
            // The prefix of a line.
        }

        public override void WriteLine(string? message) => Journal.Write("trace", message ?? string.Empty);
    }
}
