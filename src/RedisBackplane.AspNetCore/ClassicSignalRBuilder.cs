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

/// <summary>One step in the composition of the resolver. The container keeps the order of the steps.</summary>
internal sealed record ResolverStep(Action<IServiceProvider, IDependencyResolver> Apply);
