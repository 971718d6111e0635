using System.Reflection;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>SignalR's rules for the interface of a typed hub, in SignalR's words.</summary>
internal static class TypedClientRules
{
    /// <exception cref="InvalidOperationException">The type breaks a rule.</exception>
    public static void Verify(Type client)
    {
        Require(client.IsInterface, $"The type T, '{client.Name}', passed to Hub<T> must be an interface.");
        Require(client.GetProperties().Length == 0, $"The interface '{client.Name}' must not contain any properties.");
        Require(client.GetEvents().Length == 0, $"The interface '{client.Name}' must not contain any events.");
        foreach (var method in client.GetMethods())
        {
            Verify(client, method);
        }

        foreach (var parent in client.GetInterfaces())
        {
            Verify(parent);
        }
    }

    private static void Verify(Type client, MethodInfo method)
    {
        Require(
            method.ReturnType == typeof(void) || method.ReturnType == typeof(Task),
            $"The return type of '{client.Name}.{method.Name}' must be void or Task.");
        foreach (var parameter in method.GetParameters())
        {
            var name = $"The '{parameter.Name}' parameter of '{client.Name}.{method.Name}'";
            Require(!parameter.IsOut, $"{name} must not be an out parameter.");
            Require(!parameter.ParameterType.IsByRef, $"{name} must not be a ref parameter.");
        }
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new InvalidOperationException(rule);
        }
    }
}
