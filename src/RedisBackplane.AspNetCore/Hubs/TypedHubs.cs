using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Refuses hubs with typed clients. SignalR compiles the client at run time with a method that .NET no longer has
/// (<c>AppDomain.DefineDynamicAssembly</c>); the hub would fail at the first call of a client.
/// </summary>
internal static class TypedHubs
{
    public static void ThrowIfAny(IEnumerable<HubDescriptor> hubs)
    {
        var refused = hubs.Where(hub => ClientOf(hub.HubType) is not null).Select(Describe).ToList();
        if (refused.Count > 0)
        {
            throw new NotSupportedException(
                $"Classic SignalR cannot run hubs with typed clients (Hub<T>) on .NET 10: {string.Join(", ", refused)}. "
                + "Derive from Hub instead and call clients through the dynamic Clients.");
        }
    }

    public static NotSupportedException NoTypedContext(Type client) =>
        new($"Classic SignalR cannot make a hub context with typed clients ({client.FullName}) on .NET 10. "
            + "Call GetHubContext without the type of the client and use the dynamic Clients.");

    private static string Describe(HubDescriptor hub) => $"{hub.HubType.FullName} is a Hub<{ClientOf(hub.HubType)!.Name}>";

    private static Type? ClientOf(Type? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Hub<>))
            {
                return type.GetGenericArguments()[0];
            }
        }

        return null;
    }
}
