using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>The typed face of a hub context: the same source of messages, so that both keep one order.</summary>
internal sealed class TypedHubContext<TClient>(IHubContext context) : IHubContext<TClient>
{
    public IHubConnectionContext<TClient> Clients { get; } = new TypedHubConnectionContext<TClient>(context.Clients);

    public IGroupManager Groups => context.Groups;
}
