using Microsoft.AspNet.SignalR.Client;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>How the resolver of a host is composed from the application's own parts.</summary>
public sealed class HostResolverTests
{
    [Theory, EachTransport]
    public async Task ResolverOfAContainer_HandedIn_MakesTheHubs(string transport)
    {
        var resolver = new ContainerResolver();
        var host = await SignalRHost.StartAsync(options => options.Resolver = resolver);
        using (var client = new ChatClient(host))
        {
            var ticker = client.Connection.CreateHubProxy("TickerHub");
            await client.StartAsync(transport);

            Assert.Equal("container", await ticker.Invoke<string>("Name").WaitAsync(Wait.Limit));
            Assert.Equal("services", await client.AskAsync<string>("Echo", "services"));
        }

        Assert.False(resolver.IsDisposed);
        await host.DisposeAsync();
        Assert.True(resolver.IsDisposed);
    }

    [Fact]
    public async Task Module_ThatNeedsTheConnectionManager_GetsIt()
    {
        await using var host = await SignalRHost.StartAsync(services: services =>
        {
            services.AddSingleton<IHubPipelineModule, Announcer>();
            services.AddClassicSignalR().ConfigureResolver((_, resolver) => UseAnotherBus(resolver));
        });
        using var client = await ChatClient.StartAsync(host);

        Assert.Equal("echo", await client.AskAsync<string>("Echo", "echo"));

        Assert.Equal("a call of Echo", await client.Inbox.NextAsync());
    }

    [Fact]
    public async Task Step_ThatTakesAHubContextBeforeTheBusIsChosen_GetsOneThatReachesClients()
    {
        IHubContext? early = null;
        await using var host = await SignalRHost.StartAsync(services: services => services.AddClassicSignalR()
            .ConfigureResolver((provider, _) => early = provider.GetRequiredService<IConnectionManager>().GetHubContext<ChatHub>())
            .ConfigureResolver((_, resolver) => resolver.Resolve<IMessageBus>().Publish(new Message("source", "key", "nobody")))
            .ConfigureResolver((_, resolver) => UseAnotherBus(resolver)));
        using var client = await ChatClient.StartAsync(host);

        await early!.Groups.Add(client.Connection.ConnectionId, "room").WaitAsync(Wait.Limit);
        await ((Task)early.Clients.Group("room").received("hello")).WaitAsync(Wait.Limit);

        Assert.Equal("hello", await client.Inbox.NextAsync());
    }

    [Fact]
    public void Step_ThatFails_FailsAgainInTheSameWords()
    {
        using var application = SignalRHost.Build(
            services: services => services.AddClassicSignalR().ConfigureResolver((_, _) => throw new InvalidOperationException("step")),
            map: _ => { });

        Assert.Equal("step", Assert.Throws<InvalidOperationException>(() => application.MapClassicSignalR()).Message);
        Assert.Equal("step", Assert.Throws<InvalidOperationException>(() => application.MapClassicSignalR()).Message);
    }

    [Theory, EachTransport]
    public async Task UserIdProvider_WithScopedLifetime_IsThatOfTheRequest(string transport)
    {
        await using var host = await SignalRHost.StartAsync(services: services =>
        {
            services.AddScoped<ScopedService>();
            services.AddScoped<IUserIdProvider, ScopedIds>();
        });
        using var client = await ChatClient.StartAsync(host, transport, "ada");

        await client.CallAsync("SendToUser", "scoped-ada", "hello");

        Assert.Equal("hello", await client.Inbox.NextAsync());
    }

    [Theory, EachTransport]
    public async Task Serializer_WithCamelCaseNames_NamesTheApplicationsValuesAndNotTheProtocol(string transport)
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton(
            JsonSerializer.Create(new JsonSerializerSettings { ContractResolver = new CamelCasePropertyNamesContractResolver() })));
        using var client = new ChatClient(host);
        var feature = client.Connection.CreateHubProxy("FeatureHub");
        var progress = new Inbox<int>();

        await client.StartAsync(transport);
        var work = feature.Invoke<string, int>("Work", progress.Add, 1);
        Assert.Equal(1, await progress.NextAsync());
        host.Journal.Write("work may end", "done");

        Assert.Equal("done", await work.WaitAsync(Wait.Limit));
        await AssertNamesAsync(host, feature);
    }

    [Fact]
    public async Task Serializer_MadeAnewForEachConnection_NamesTheApplicationsValuesAndNotTheProtocol()
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddTransient(_ =>
            JsonSerializer.Create(new JsonSerializerSettings { ContractResolver = new CamelCasePropertyNamesContractResolver() })));
        using var client = new ChatClient(host);
        var feature = client.Connection.CreateHubProxy("FeatureHub");

        await client.StartAsync("webSockets");

        await AssertNamesAsync(host, feature);
    }

    [Fact]
    public async Task HubConfigurations_OfSeveralPaths_CountForTheirsAlone()
    {
        var resolver = new ContainerResolver();
        await using var host = await SignalRHost.StartAsync(map: app =>
        {
            app.MapClassicSignalR();
            app.MapClassicSignalR("/own", new HubConfiguration { Resolver = resolver, EnableJSONP = true, EnableDetailedErrors = true });
            app.MapClassicSignalR("/bare", new HubConfiguration { EnableJavaScriptProxies = false });
            app.MapClassicSignalR<EchoConnection>("/echo", new ConnectionConfiguration { EnableJSONP = true });
        });
        using var here = new ChatClient(host);
        using var there = host.Connect(path: "/own");
        var (ticker, ownTicker) = (here.Connection.CreateHubProxy("TickerHub"), there.CreateHubProxy("TickerHub"));
        var (chat, feature) = (there.CreateHubProxy("chat"), there.CreateHubProxy("FeatureHub"));
        var inbox = new Inbox<string>(chat, "received");
        await here.StartAsync("webSockets");
        await there.StartAsync("webSockets");

        await here.CallAsync("Broadcast", "here");
        await chat.Invoke("Broadcast", "there").WaitAsync(Wait.Limit);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => feature.Invoke("Throw", "detail").WaitAsync(Wait.Limit));

        Assert.Equal("here", await here.Inbox.NextAsync());
        Assert.Equal("there", await inbox.NextAsync());
        Assert.Empty(here.Inbox.Rest());
        Assert.Equal("singleton", await ticker.Invoke<string>("Name").WaitAsync(Wait.Limit));
        Assert.Equal("container", await ownTicker.Invoke<string>("Name").WaitAsync(Wait.Limit));
        Assert.Equal("detail", error.Message);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(host, "/signalr/ping?callback=f"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, "/own/ping?callback=f"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, "/echo/ping?callback=f"));
        Assert.Contains("tickerHub", await host.Client.GetStringAsync(Relative("/signalr/hubs")), StringComparison.Ordinal);
        Assert.DoesNotContain("tickerHub", await host.Client.GetStringAsync(Relative("/bare/hubs")), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(SignalRHost host, string path)
    {
        using var response = await host.Client.GetAsync(Relative(path));
        return response.StatusCode;
    }

    private static async Task AssertNamesAsync(SignalRHost host, IHubProxy feature)
    {
        var negotiated = await host.Client.GetStringAsync(Relative("/signalr/negotiate"));
        Assert.Contains("\"ConnectionToken\"", negotiated, StringComparison.Ordinal);
        var person = await feature.Invoke<Newtonsoft.Json.Linq.JObject>("Person").WaitAsync(Wait.Limit);
        Assert.Contains("\"firstName\":\"Ada\"", JsonConvert.SerializeObject(person), StringComparison.Ordinal);
    }

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    private static void UseAnotherBus(IDependencyResolver resolver)
    {
        var bus = new Lazy<IMessageBus>(() => new MessageBus(resolver));
        resolver.Register(typeof(IMessageBus), () => bus.Value);
    }

    private sealed class Announcer(IConnectionManager contexts) : HubPipelineModule
    {
        private readonly IHubContext _context = contexts.GetHubContext<ChatHub>();

        protected override bool OnBeforeIncoming(IHubIncomingInvokerContext context)
        {
            _context.Clients.All.received($"a call of {context.MethodDescriptor.Name}");
            return true;
        }
    }

    private sealed class ScopedIds(ScopedService service) : IUserIdProvider
    {
        public string GetUserId(IRequest request) => service.Number > 0 ? $"scoped-{request.User.Identity!.Name}" : string.Empty;
    }
}
