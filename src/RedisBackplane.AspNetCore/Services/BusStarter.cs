using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Hosting;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Creates the bus when the application starts, so that it is connected when the first client arrives.
/// </summary>
internal sealed class BusStarter(IDependencyResolver resolver) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        resolver.Resolve<IMessageBus>();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
