using System.Dynamic;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// The clients that a hub uses. SignalR creates seven objects for every hub; here each is created when it is used.
/// </summary>
internal sealed class CallerClients(ICaller caller, IHubPipelineInvoker pipeline, IConnection connection, string connectionId)
    : IHubCallerConnectionContext<object>
{
    private HubConnectionContextBase? _others;
    private CallerProxy? _caller;

    public dynamic Caller => _caller ??= new CallerProxy(caller, pipeline, connection, connectionId);

    public dynamic CallerState => new CallerStateProxy(caller.StateTracker);

    public dynamic All => Stock.All;

    public dynamic Others => Stock.AllExcept(connectionId);

    private HubConnectionContextBase Stock => _others ??= new HubConnectionContextBase(connection, pipeline, caller.Hub);

    public dynamic OthersInGroup(string groupName) => Stock.Group(groupName, connectionId);

    public dynamic OthersInGroups(IList<string> groupNames) => Stock.Groups(groupNames, connectionId);

    public dynamic AllExcept(params string[] excludeConnectionIds) => Stock.AllExcept(excludeConnectionIds);

    public dynamic Client(string connectionId) => Stock.Client(connectionId);

    public dynamic Clients(IList<string> connectionIds) => Stock.Clients(connectionIds);

    public dynamic Group(string groupName, params string[] excludeConnectionIds) => Stock.Group(groupName, excludeConnectionIds);

    public dynamic Groups(IList<string> groupNames, params string[] excludeConnectionIds) => Stock.Groups(groupNames, excludeConnectionIds);

    public dynamic User(string userId) => Stock.User(userId);

    public dynamic Users(IList<string> userIds) => Stock.Users(userIds);

    /// <summary>The client that called, with its state. Messages to it carry the state if it changed.</summary>
    private sealed class CallerProxy(ICaller caller, IHubPipelineInvoker pipeline, IConnection connection, string connectionId)
        : SignalProxy(connection, pipeline, connectionId, caller.Hub, SignalKeys.HubConnection, [])
    {
        public override bool TrySetMember(SetMemberBinder binder, object? value)
        {
            caller.StateTracker[binder.Name] = value!;
            return true;
        }

        public override bool TryGetMember(GetMemberBinder binder, out object result)
        {
            result = caller.StateTracker[binder.Name];
            return true;
        }

        protected override ClientHubInvocation GetInvocationData(string method, object[] args) =>
            new() { Hub = HubName, Method = method, Args = args, State = caller.StateChanges() };
    }
}
