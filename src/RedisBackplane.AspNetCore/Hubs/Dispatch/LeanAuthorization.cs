using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Replaces the <see cref="AuthorizeModule"/> with which every pipeline starts. That module only concerns hubs and
/// methods with an authorization attribute. But it adds a continuation with the thread's culture to every call, message
/// and event, and a hop to the thread pool after every message. Calls of hubs and methods with an attribute still go
/// through it.
/// </summary>
internal sealed class LeanAuthorization(AuthorizeModule stock) : IHubPipelineModule
{
    // SignalR does not expose its modules.
    private static readonly FieldInfo? RulesForAll =
        typeof(AuthorizeModule).GetField("_globalInvocationAuthorizer", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>
    /// Replaces the module of a pipeline that has not been used yet. A module with rules for all hubs, which an
    /// application adds, stays.
    /// </summary>
    public static void PutInPlace(IHubPipeline pipeline)
    {
        var field = pipeline.GetType().GetField("_modules", BindingFlags.Instance | BindingFlags.NonPublic);
        if (field?.GetValue(pipeline) is not Stack<IHubPipelineModule> modules || !modules.Any(IsReplaceable))
        {
            return;
        }

        var inOrder = modules.Reverse().ToArray();
        modules.Clear();
        foreach (var module in inOrder)
        {
            modules.Push(IsReplaceable(module) ? new LeanAuthorization((AuthorizeModule)module) : module);
        }
    }

    public Func<IHubIncomingInvokerContext, Task<object?>> BuildIncoming(Func<IHubIncomingInvokerContext, Task<object?>> invoke)
    {
        var guarded = stock.BuildIncoming(invoke);
        return context => context is HubInvocation { Method.IsOpen: true } call && call.Hub.GetType() == call.Method.Hub.HubType
            ? call.PassOn(invoke)
            : guarded(context);
    }

    public Func<IHubOutgoingInvokerContext, Task> BuildOutgoing(Func<IHubOutgoingInvokerContext, Task> send) =>
        context => send(context) ?? Task.CompletedTask;

    public Func<IHub, Task> BuildConnect(Func<IHub, Task> connect) => hub => connect(hub) ?? Task.CompletedTask;

    public Func<IHub, Task> BuildReconnect(Func<IHub, Task> reconnect) => hub => reconnect(hub) ?? Task.CompletedTask;

    public Func<IHub, bool, Task> BuildDisconnect(Func<IHub, bool, Task> disconnect) =>
        (hub, stopCalled) => disconnect(hub, stopCalled) ?? Task.CompletedTask;

    public Func<HubDescriptor, IRequest, bool> BuildAuthorizeConnect(Func<HubDescriptor, IRequest, bool> authorizeConnect) =>
        stock.BuildAuthorizeConnect(authorizeConnect);

    public Func<HubDescriptor, IRequest, IList<string>, IList<string>> BuildRejoiningGroups(
        Func<HubDescriptor, IRequest, IList<string>, IList<string>> rejoiningGroups) => stock.BuildRejoiningGroups(rejoiningGroups);

    private static bool IsReplaceable(IHubPipelineModule module) =>
        module.GetType() == typeof(AuthorizeModule) && RulesForAll is not null && RulesForAll.GetValue(module) is null;
}
