using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore;

internal sealed class ClassicSignalRBuilder(IServiceCollection services) : IClassicSignalRBuilder
{
    public IServiceCollection Services { get; } = services;

    public IClassicSignalRBuilder ConfigureResolver(Action<IServiceProvider, IDependencyResolver> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddSingleton(new ResolverStep(configure));
        return this;
    }
}

/// <summary>One step of the making of the resolver; the container keeps their order.</summary>
internal sealed record ResolverStep(Action<IServiceProvider, IDependencyResolver> Apply);
