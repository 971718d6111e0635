using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Takes the place of the <see cref="AuthorizeModule"/> that every pipeline begins with. That module has something to
/// say only about hubs and methods with an authorization attribute, but it adds a continuation with the culture of the
/// thread to every call, message and event, and a hop to the thread pool behind every message. What has an attribute
/// still goes through it.
/// </summary>
internal sealed class LeanAuthorization(AuthorizeModule stock) : IHubPipelineModule
{
    // SignalR tells nobody of its modules.
    private static readonly FieldInfo? RulesForAll =
        typeof(AuthorizeModule).GetField("_globalInvocationAuthorizer", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>
    /// Replaces the module of a pipeline that was not used yet. One with rules for all hubs, which an application adds,
    /// stays.
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
