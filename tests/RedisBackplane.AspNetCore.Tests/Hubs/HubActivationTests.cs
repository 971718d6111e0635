namespace RedisBackplane.AspNetCore.Tests.Hubs;

public sealed class HubActivationTests
{
    [Theory, EachTransport]
    public async Task ScopedService_OfAHub_LivesAsLongAsTheHub(string transport)
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddScoped<ScopedService>());
        using var client = await ChatClient.StartAsync(host, transport, hub: "LifeHub");

        // One hub for the event, and one for each call; each has its own scope, which ends after it.
        var first = await ReadConnectedAsync(host.Journal);
        await ExpectDisposedAsync(host.Journal, first);

        var second = await client.AskAsync<int>("Number");
        await ExpectDisposedAsync(host.Journal, second);

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.AskAsync<int>("Fail"));
        await ExpectDisposedAsync(host.Journal, second + 1);

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task ScopedService_OfABusyHubWhileAnotherHubFails_LivesUntilItsHubIsDone()
    {
        await using var host = await SignalRHost.StartAsync(
            options => options.UseStockTransports = options.UseStockHubDispatcher = false,
            services => services.AddScoped<ScopedService>());
        await using var client = await WireClient.ConnectAsync(host, "webSockets", "busyHub,crashingHub");
        while (host.Journal.TryNext("life") is not null)
        {
            // The scopes of the connect.
        }

        var stop = client.AbortAsync();
        Assert.Equal("begun", await host.Journal.NextAsync("busy"));
        Assert.Null(host.Journal.TryNext("life"));
        host.Journal.Write("may end", "now");

        Assert.Equal("ended", await host.Journal.NextAsync("busy"));
        Assert.StartsWith("service", await host.Journal.NextAsync("life"), StringComparison.Ordinal);
        Assert.StartsWith("service", await host.Journal.NextAsync("life"), StringComparison.Ordinal);
        await stop;
    }

    [Theory, EachTransport]
    public async Task Call_OfAHubThatFailsWhenItIsDisposed_IsAnswered(string transport)
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(
            options => options.UseStockHubDispatcher = false,
            services => services.AddScoped<ScopedService>().AddSingleton(logs.Provider));
        using var client = await ChatClient.StartAsync(host, transport, hub: "CrashingHub");
        await NotDisposedAsync();

        Assert.Equal("hello", await client.AskAsync<string>("Echo", "hello"));
        await NotDisposedAsync();

        Task NotDisposedAsync() => logs.NextAsync(log => log.Exception?.Message == "not disposed"
            && log.Category.EndsWith("ScopedHubDispatcher", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hub_ResolvedOutsideOfAnEvent_HasScopedServicesOfItsOwn()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddScoped<ScopedService>(), environment: "Production");
        var hubs = host.Resolver.Resolve<IHubManager>();

        using var one = (LifeHub)hubs.ResolveHub("LifeHub");
        using var other = (LifeHub)hubs.ResolveHub("LifeHub");

        Assert.NotEqual(await one.Number(), await other.Number());
    }

    [Fact]
    public async Task Hub_RegisteredAsService_IsMadeAsRegistered()
    {
        await using var host = await SignalRHost.StartAsync(services: services =>
            services.AddTransient(provider => new LifeHub(new ScopedService(new Journal()), provider.GetRequiredService<Journal>())));
        using var client = await ChatClient.StartAsync(host, hub: "LifeHub");

        // The hub has its service, although no container knows the hub.
        Assert.True(await ReadConnectedAsync(host.Journal) > 0);
    }

    [Fact]
    public async Task Hub_RegisteredWithTheResolver_IsMadeAsRegistered()
    {
        var made = 0;
        await using var host = await SignalRHost.StartAsync(services: services =>
            services.AddClassicSignalR().ConfigureResolver((provider, resolver) => resolver.Register(typeof(LifeHub), () =>
            {
                made++;
                return new LifeHub(new ScopedService(new Journal()), provider.GetRequiredService<Journal>());
            })));
        using var client = await ChatClient.StartAsync(host, hub: "LifeHub");

        Assert.True(await ReadConnectedAsync(host.Journal) > 0);
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task Hub_ThatCannotBeMade_IsLogged()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services => services.AddSingleton(logs.Provider));
        using var client = await ChatClient.StartAsync(host, hub: "LifeHub");

        var entry = await logs.NextAsync(log => log.Category.EndsWith("ServiceHubActivator", StringComparison.Ordinal));
        Assert.Contains(nameof(LifeHub), entry.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(ScopedService), entry.Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PipelineModule_AmongTheServices_SeesCalls()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddSingleton<IHubPipelineModule, JournalModule>());
        using var client = await ChatClient.StartAsync(host);

        await client.CallAsync("Echo", "x");

        Assert.Equal("ChatHub.Echo", await host.Journal.NextAsync("calls"));
    }

    private static async Task<int> ReadConnectedAsync(Journal journal)
    {
        var entry = await journal.NextAsync("life");
        Assert.StartsWith("connected with ", entry, StringComparison.Ordinal);
        return int.Parse(entry["connected with ".Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task ExpectDisposedAsync(Journal journal, int number)
    {
        Assert.Equal($"hub of {number} disposed", await journal.NextAsync("life"));
        Assert.Equal($"service {number} disposed", await journal.NextAsync("life"));
    }

    private sealed class JournalModule(Journal journal) : HubPipelineModule
    {
        protected override bool OnBeforeIncoming(IHubIncomingInvokerContext context)
        {
            journal.Write("calls", $"{context.MethodDescriptor.Hub.HubType.Name}.{context.MethodDescriptor.Name}");
            return base.OnBeforeIncoming(context);
        }
    }
}
