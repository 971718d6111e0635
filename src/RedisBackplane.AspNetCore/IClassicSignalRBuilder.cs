using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore;

/// <summary>
/// What <c>AddClassicSignalR</c> returns: the place for extensions that add to this host's SignalR, while the
/// application is composed. Not thread-safe.
/// </summary>
public interface IClassicSignalRBuilder
{
    /// <summary>The services of the application.</summary>
    IServiceCollection Services { get; }

    /// <summary>
    /// Adds a step to the making of this host's SignalR resolver, after its defaults and options are in place: the code
    /// that an OWIN application ran on <c>GlobalHost.DependencyResolver</c> or <c>GlobalHost.HubPipeline</c>. Steps run
    /// once, in the order they were added.
    /// </summary>
    /// <param name="configure">The step; it is given the application's services and the resolver.</param>
    /// <returns>This builder, for chaining.</returns>
    IClassicSignalRBuilder ConfigureResolver(Action<IServiceProvider, IDependencyResolver> configure);
}
