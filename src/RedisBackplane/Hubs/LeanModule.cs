using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.Hubs;

/// <summary>
/// A module that adds nothing to the events that it does not override. SignalR's own base class,
/// <see cref="HubPipelineModule"/>, adds a continuation to each message and event, even for a module that ignores them.
/// </summary>
internal abstract class LeanModule : IHubPipelineModule
{
    public virtual Func<IHubIncomingInvokerContext, Task<object?>> BuildIncoming(
        Func<IHubIncomingInvokerContext, Task<object?>> invoke) => invoke;

    public virtual Func<IHubOutgoingInvokerContext, Task> BuildOutgoing(Func<IHubOutgoingInvokerContext, Task> send) => send;

    public Func<IHub, Task> BuildConnect(Func<IHub, Task> connect) => connect;

    public Func<IHub, Task> BuildReconnect(Func<IHub, Task> reconnect) => reconnect;

    public Func<IHub, bool, Task> BuildDisconnect(Func<IHub, bool, Task> disconnect) => disconnect;

    public Func<HubDescriptor, IRequest, bool> BuildAuthorizeConnect(Func<HubDescriptor, IRequest, bool> authorizeConnect) =>
        authorizeConnect;

    public Func<HubDescriptor, IRequest, IList<string>, IList<string>> BuildRejoiningGroups(
        Func<HubDescriptor, IRequest, IList<string>, IList<string>> rejoiningGroups) => rejoiningGroups;
}
