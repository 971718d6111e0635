using Microsoft.AspNet.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace RedisBackplane.AspNetCore;

/// <summary>
/// The result of <c>AddClassicSignalR</c>, for extensions that add to this host's SignalR while the application is
/// composed. Not thread-safe.
/// </summary>
public interface IClassicSignalRBuilder
{
    /// <summary>The services of the application.</summary>
    IServiceCollection Services { get; }

    /// <summary>
    /// Adds a step to the composition of this host's SignalR resolver, after its defaults and options: the code that an
    /// OWIN application ran on <c>GlobalHost.DependencyResolver</c> or <c>GlobalHost.HubPipeline</c>. Steps run once,
    /// in the order in which they were added.
    /// </summary>
    /// <param name="configure">The step. It receives the application's services and the resolver.</param>
    /// <returns>This builder, for chaining.</returns>
    IClassicSignalRBuilder ConfigureResolver(Action<IServiceProvider, IDependencyResolver> configure);
}
