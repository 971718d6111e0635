using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNet.SignalR.Hubs;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Awaits hub methods that return a <see cref="ValueTask"/>. SignalR would send the value task to the client as an
/// object.
/// </summary>
internal sealed class ValueTaskResults : LeanModule
{
    private static readonly MethodInfo AwaitDefinition =
        typeof(ValueTaskResults).GetMethod(nameof(AwaitAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly ConcurrentDictionary<Type, Func<object, Task<object?>>?> _awaiters = new();

    public override Func<IHubIncomingInvokerContext, Task<object?>> BuildIncoming(Func<IHubIncomingInvokerContext, Task<object?>> invoke) =>
        context => _awaiters.GetOrAdd(context.MethodDescriptor.ReturnType ?? typeof(void), AwaiterOf) is { } awaiter
            ? InvokeAsync(invoke, context, awaiter)
            : invoke(context);

    private static async Task<object?> InvokeAsync(
        Func<IHubIncomingInvokerContext, Task<object?>> invoke, IHubIncomingInvokerContext context, Func<object, Task<object?>> awaiter) =>
        await invoke(context).ConfigureAwait(false) is { } result ? await awaiter(result).ConfigureAwait(false) : null;

    private static Func<object, Task<object?>>? AwaiterOf(Type type)
    {
        if (type == typeof(ValueTask))
        {
            return static async result =>
            {
                await ((ValueTask)result).ConfigureAwait(false);
                return null;
            };
        }

        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)
            ? AwaitDefinition.MakeGenericMethod(type.GetGenericArguments()).CreateDelegate<Func<object, Task<object?>>>()
            : null;
    }

    private static async Task<object?> AwaitAsync<T>(object result) => await ((ValueTask<T>)result).ConfigureAwait(false);
}
