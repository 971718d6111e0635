using Microsoft.AspNet.SignalR.Messaging;
using Newtonsoft.Json;

namespace RedisBackplane.AspNetCore.Tests.Services;

public sealed class ServiceResolverTests
{
    [Fact]
    public async Task Resolver_AskedForWhatSignalRDoesNotKnow_AsksTheServices()
    {
        await using var host = await SignalRHost.StartAsync();
        var resolver = host.Resolver;

        Assert.Same(host.Services.GetRequiredService<ILoggerFactory>(), resolver.Resolve<ILoggerFactory>());
        Assert.Null(resolver.GetService(typeof(ServiceResolverTests)));
    }

    [Fact]
    public async Task JsonSerializer_AmongTheServices_WritesTheMessages()
    {
        await using var host = await SignalRHost.StartAsync(
            services: services => services.AddSingleton(JsonSerializer.Create(new JsonSerializerSettings { MaxDepth = 7 })));

        Assert.Equal(7, host.Resolver.Resolve<JsonSerializer>().MaxDepth);
    }

    [Fact]
    public async Task Resolver_OfAHost_IsItsOwnAndNotGlobal()
    {
        await using var one = await SignalRHost.StartAsync();
        await using var other = await SignalRHost.StartAsync();
        var resolver = one.Resolver;

        Assert.NotSame(resolver, other.Resolver);
        Assert.NotSame(resolver.Resolve<IMessageBus>(), other.Resolver.Resolve<IMessageBus>());
        Assert.NotSame(resolver, GlobalHost.DependencyResolver);
    }

    [Fact]
    public async Task MessageBus_OfTheResolver_IsDisposedWithTheHost()
    {
        DisposableBus? bus = null;
        var host = await SignalRHost.StartAsync(services: services => services.AddClassicSignalR().ConfigureResolver((_, resolver) =>
        {
            bus = new DisposableBus(resolver);
            resolver.Register(typeof(IMessageBus), () => bus);
        }));
        using var client = await ChatClient.StartAsync(host);
        Assert.False(bus!.IsDisposed);

        await host.DisposeAsync();

        Assert.True(bus.IsDisposed);
    }

    private sealed class DisposableBus(IDependencyResolver resolver) : MessageBus(resolver)
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
