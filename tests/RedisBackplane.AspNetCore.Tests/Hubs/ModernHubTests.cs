using Microsoft.AspNet.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.AspNetCore.Tests.Hubs;

/// <summary>Features for hubs that .NET Framework did not have.</summary>
public sealed class ModernHubTests
{
    [Theory]
    [MemberData(nameof(ClientTransports.All), MemberType = typeof(ClientTransports))]
    public async Task ValueTask_OfAHubMethod_IsAwaited(string transport)
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("ModernHub");
        await connection.StartAsync(transport);

        Assert.Equal(5, await hub.Invoke<int>("Sum", 2, 3).WaitAsync(Wait.Limit));
        await hub.Invoke("Wait").WaitAsync(Wait.Limit);
        var exception = await Assert.ThrowsAsync<HubException>(() => hub.Invoke<int>("Fail").WaitAsync(Wait.Limit));
        Assert.Equal("failed", exception.Message);
    }

    [Fact]
    public async Task AsyncDisposable_ThatIsAHub_IsDisposedAfterEachEventAndCall()
    {
        await using var host = await SignalRHost.StartAsync();
        using var connection = host.Connect();
        var hub = connection.CreateHubProxy("ModernHub");

        await connection.StartAsync("webSockets");
        Assert.Equal("disposed", await host.Journal.NextAsync("modern"));
        await hub.Invoke("Wait").WaitAsync(Wait.Limit);

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
