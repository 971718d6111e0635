using Microsoft.AspNet.SignalR.Hubs;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>
/// Replaces SignalR's innermost step of a call, which compiles an expression at every call of a method that returns
/// <c>Task&lt;T&gt;</c>. If a module of the application is further inside, SignalR's step stays.
/// </summary>
internal sealed class CompiledOnce : LeanModule
{
    public override Func<IHubIncomingInvokerContext, Task<object?>> BuildIncoming(Func<IHubIncomingInvokerContext, Task<object?>> invoke) =>
        invoke.Method.DeclaringType == typeof(HubDispatcher) ? InvokeMethod : invoke;

    private static Task<object?> InvokeMethod(IHubIncomingInvokerContext context)
    {
        try
        {
            var method = context.MethodDescriptor;
            var arguments = context.Args as object[] ?? [.. context.Args];
            return MethodResults.ToTask(method.Invoker(context.Hub, arguments), method.ReturnType);
        }
#pragma warning disable CA1031 // Any exception of a hub method is the answer to its caller.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return MethodResults.Failed(exception);
        }
    }
}
