using System.Reflection;
using Microsoft.AspNet.SignalR;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Keeps the names of SignalR's protocol as clients expect them, even if the application's serializer renames
/// properties: SignalR writes its own messages, such as the answer to <c>negotiate</c>, with the same serializer as the
/// application's values.
/// </summary>
internal sealed class ProtocolNames(IContractResolver application) : IContractResolver
{
    private static readonly Assembly SignalR = typeof(IDependencyResolver).Assembly;
    private static readonly DefaultContractResolver Plain = new();

    /// <summary>
    /// Changes the serializer in place, because the application may keep it and configure it further.
    /// </summary>
    /// <returns>The same serializer.</returns>
    public static JsonSerializer Protect(JsonSerializer serializer)
    {
        if (Renames(serializer.ContractResolver))
        {
            serializer.ContractResolver = new ProtocolNames(serializer.ContractResolver);
        }

        return serializer;
    }

    public JsonContract ResolveContract(Type type) => (type.Assembly == SignalR ? Plain : application).ResolveContract(type);

    // Newtonsoft's default leaves every name as it is.
    private static bool Renames(IContractResolver resolver) =>
        resolver is not ProtocolNames
        && (resolver.GetType() != typeof(DefaultContractResolver) || ((DefaultContractResolver)resolver).NamingStrategy is not null);
}
