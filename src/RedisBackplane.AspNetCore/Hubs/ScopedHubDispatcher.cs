using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>SignalR's dispatcher, with a service scope for every hub that it makes.</summary>
internal sealed class ScopedHubDispatcher(HubConfiguration configuration) : HubDispatcher(configuration)
{
    protected override Task OnConnected(IRequest request, string connectionId) =>
        HubScopes.RunAsync(() => base.OnConnected(request, connectionId));

    protected override Task OnReconnected(IRequest request, string connectionId) =>
        HubScopes.RunAsync(() => base.OnReconnected(request, connectionId));

    protected override Task OnReceived(IRequest request, string connectionId, string data) =>
        HubScopes.RunAsync(() => base.OnReceived(request, connectionId, data));

    protected override Task OnDisconnected(IRequest request, string connectionId, bool stopCalled) =>
        HubScopes.RunAsync(() => base.OnDisconnected(request, connectionId, stopCalled));
}
