using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>A client behind the interface of a typed hub: each method sends a message with its name.</summary>
// The compiler advises to seal it, but DispatchProxy derives from it at run time.
[SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "DispatchProxy derives from it.")]
internal class TypedClient : DispatchProxy
{
    private IClientProxy? _client;

    public static T For<T>(IClientProxy client)
    {
        var proxy = Create<T, TypedClient>();
        ((TypedClient)(object)proxy!)._client = client;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var sent = _client!.Invoke(targetMethod!.Name, args ?? []);
        return targetMethod.ReturnType == typeof(void) ? null : sent;
    }
}
