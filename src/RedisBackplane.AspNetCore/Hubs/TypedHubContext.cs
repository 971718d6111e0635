using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>A typed view of a hub context. It has the same source of messages, so both share one order.</summary>
internal sealed class TypedHubContext<TClient>(IHubContext context) : IHubContext<TClient>
{
    public IHubConnectionContext<TClient> Clients { get; } = new TypedHubConnectionContext<TClient>(context.Clients);

    public IGroupManager Groups => context.Groups;
}
