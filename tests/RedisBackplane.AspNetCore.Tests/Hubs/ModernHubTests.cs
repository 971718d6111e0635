using HubException = Microsoft.AspNet.SignalR.Client.HubException;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

/// <summary>Features for hubs that .NET Framework did not have.</summary>
public sealed class ModernHubTests
{
    [Theory, EachTransport]
    public async Task ValueTask_OfAHubMethod_IsAwaited(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, transport, hub: "ModernHub");

        Assert.Equal(5, await client.AskAsync<int>("Sum", 2, 3));
        await client.CallAsync("Wait");
        var exception = await Assert.ThrowsAsync<HubException>(() => client.AskAsync<int>("Fail"));
        Assert.Equal("failed", exception.Message);
    }

    [Fact]
    public async Task AsyncDisposable_ThatIsAHub_IsDisposedAfterEachEventAndCall()
    {
        await using var host = await SignalRHost.StartAsync();
        using var client = await ChatClient.StartAsync(host, hub: "ModernHub");
        Assert.Equal("disposed", await host.Journal.NextAsync("modern"));
        await client.CallAsync("Wait");

        Assert.Equal("waited", await host.Journal.NextAsync("modern"));
        Assert.Equal("disposed", await host.Journal.NextAsync("modern"));
    }

    [Fact]
    public async Task AsyncDisposable_RegisteredWithTheResolver_IsDisposedAfterEachEventAndCall()
    {
        await using var host = await SignalRHost.StartAsync(services: services => services.AddClassicSignalR().ConfigureResolver(
            (provider, resolver) => resolver.Register(typeof(ModernHub), () => new ModernHub(provider.GetRequiredService<Journal>()))));
        using var client = await ChatClient.StartAsync(host, hub: "ModernHub");
        Assert.Equal("disposed", await host.Journal.NextAsync("modern"));
        await client.CallAsync("Wait");

        Assert.Equal("waited", await host.Journal.NextAsync("modern"));
        Assert.Equal("disposed", await host.Journal.NextAsync("modern"));
    }

    [Fact]
    public async Task Service_ThatCannotBeDisposed_IsLoggedAndStopsNothing()
    {
        var logs = new CapturedLogs();
        await using var host = await SignalRHost.StartAsync(services: services =>
        {
            services.AddSingleton(logs.Provider);
            services.AddScoped(_ => new ScopedService(new Journal()));
            services.AddScoped<Undisposable>();
            services.AddTransient(provider =>
            {
                provider.GetRequiredService<Undisposable>();
                return new LifeHub(provider.GetRequiredService<ScopedService>(), provider.GetRequiredService<Journal>());
            });
        });
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("LifeHub");
        connection.CreateHubProxy("ModernHub");

        await connection.StartAsync("webSockets");
        Assert.True(await hub.Invoke<int>("Number").WaitAsync(Wait.Limit) > 0);

        var entry = await logs.NextAsync(log => log.Exception?.Message == "no end");
        Assert.Equal(LogLevel.Error, entry.Level);
        // The scope of the other hub was disposed all the same.
        Assert.Equal("disposed", await host.Journal.NextAsync("modern"));
    }

    private sealed class Undisposable : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => throw new InvalidOperationException("no end");
    }
}
