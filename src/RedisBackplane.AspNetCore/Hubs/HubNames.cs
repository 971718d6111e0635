using System.Reflection;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>The name under which clients know a hub: that of its attribute, else of its type.</summary>
internal static class HubNames
{
    public static string Of(Type hub) => hub.GetCustomAttribute<HubNameAttribute>(inherit: false)?.HubName ?? hub.Name;
}
