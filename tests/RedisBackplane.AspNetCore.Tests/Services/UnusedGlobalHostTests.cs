using System.Diagnostics;

namespace RedisBackplane.AspNetCore.Tests.Services;

/// <summary>The application configures GlobalHost, or other code does, and the host does not use it.</summary>
[Collection(nameof(GlobalHostTest))]
public sealed class UnusedGlobalHostTests : GlobalHostTest
{
    [Fact]
    public void GlobalHost_ConfiguredAndNotUsed_StopsTheApplicationWithWhatWasConfigured()
    {
        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(12);
        GlobalHost.HubPipeline.AddModule(new Watch(new Journal(), "global"));
        GlobalHost.DependencyResolver.Register(typeof(IUserIdProvider), () => new Everybody());
        GlobalHost.TraceManager.Switch.Level = SourceLevels.All;
        GlobalHost.ConnectionManager.GetHubContext<ChatHub>();

        var exception = Assert.Throws<InvalidOperationException>(() => SignalRHost.Build(options => options.UseGlobalHost = null));

        Assert.Contains("Configuration.DisconnectTimeout", exception.Message, StringComparison.Ordinal);
        Assert.Contains("HubPipeline: Watch", exception.Message, StringComparison.Ordinal);
        Assert.Contains("DependencyResolver.Register(IUserIdProvider)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("TraceManager.Switch", exception.Message, StringComparison.Ordinal);
        Assert.Contains("a hub context was taken", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Set ClassicSignalROptions.UseGlobalHost to true", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GlobalHost_WithAResolverOfTheApplicationAndNotUsed_StopsTheApplication()
    {
        GlobalHost.DependencyResolver = new ContainerResolver();

        var exception = Assert.Throws<InvalidOperationException>(() => SignalRHost.Build(options => options.UseGlobalHost = null));

        Assert.Contains(nameof(ContainerResolver), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GlobalHost_UsedLaterByAnApplicationThatDoesNotSaySo_Throws()
    {
        using var application = SignalRHost.Build(options => options.UseGlobalHost = null);

        var exception = Assert.Throws<InvalidOperationException>(() => GlobalHost.ConnectionManager);

        Assert.Contains("Set ClassicSignalROptions.UseGlobalHost to true", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>An unchanged line of an OWIN application, in which it names the default.</summary>
    [Fact]
    public async Task HubConfiguration_WithTheResolverOfGlobalHost_MeansThatOfTheHost()
    {
        var configuration = new HubConfiguration { Resolver = GlobalHost.DependencyResolver };
        await using var host = await SignalRHost.StartAsync(
            options => options.UseGlobalHost = null, map: app => app.MapClassicSignalR("/live", configuration));
        using var client = new ChatClient(host.Connect(path: "/live"));
        await client.StartAsync("webSockets");

        await (Task)host.Contexts.GetHubContext<ChatHub>().Clients.All.received("hello");

        Assert.Equal("hello", await client.Inbox.NextAsync());
    }

    /// <summary>The host that is to use it is started later, or its start fails.</summary>
    [Fact]
    public void GlobalHost_OfAnotherHost_IsLeftToIt()
    {
        new ServiceCollection().AddClassicSignalR(options => options.UseGlobalHost = true);
        GlobalHost.ConnectionManager.GetHubContext<ChatHub>();

        using var application = SignalRHost.Build(options => options.UseGlobalHost = null);

        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(12);
        Assert.NotSame(GlobalHost.DependencyResolver, application.Services.GetRequiredService<IDependencyResolver>());
    }

    [Fact]
    public void GlobalHost_OfOtherCode_IsLeftAlone()
    {
        GlobalHost.Configuration.DisconnectTimeout = TimeSpan.FromSeconds(12);
        var resolver = GlobalHost.DependencyResolver;

        using var application = SignalRHost.Build(options => options.UseGlobalHost = false);

        Assert.Same(resolver, GlobalHost.DependencyResolver);
        Assert.NotSame(resolver, application.Services.GetRequiredService<IDependencyResolver>());
    }
}
