using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Hubs;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Makes <see cref="Hub{T}"/> work. SignalR compiles the client of a typed hub with a method that .NET no longer has
/// (<c>AppDomain.DefineDynamicAssembly</c>). Here SignalR's builder for each interface is replaced by one that creates
/// a <see cref="TypedClient"/>.
/// </summary>
internal static class TypedClients
{
    private const string BuilderField = "_builder";

    private static readonly MethodInfo EnableDefinition =
        typeof(TypedClients).GetMethod(nameof(Enable), 1, BindingFlags.Public | BindingFlags.Static, null, Type.EmptyTypes, null)!;

    private static readonly Type? BuilderDefinition =
        typeof(IHub).Assembly.GetType("Microsoft.AspNet.SignalR.Hubs.TypedClientBuilder`1");

    /// <summary>Makes the typed hubs among these work.</summary>
    /// <exception cref="InvalidOperationException">The interface of a client breaks one of SignalR's rules.</exception>
    public static void Enable(IEnumerable<HubDescriptor> hubs)
    {
        // SignalR also treats generic base classes as hubs. They have no client type yet.
        var clients = hubs.Select(hub => ClientOf(hub.HubType)).OfType<Type>().Where(client => !client.ContainsGenericParameters);
        foreach (var client in clients.Distinct())
        {
            EnableDefinition.MakeGenericMethod(client).Invoke(null, BindingFlags.DoNotWrapExceptions, null, null, null);
        }
    }

    /// <summary>
    /// Makes clients behind one interface work, for hubs and for hub contexts. Later calls do nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">The interface breaks one of SignalR's rules.</exception>
    /// <exception cref="NotSupportedException">
    /// This is another version of SignalR, which keeps its builder elsewhere.
    /// </exception>
    public static void Enable<T>() => _ = Enabled<T>.Value;

    private static bool Replace<T>()
    {
        TypedClientRules.Verify(typeof(T));
        var field = BuilderDefinition?.MakeGenericType(typeof(T)).GetField(BuilderField, BindingFlags.Static | BindingFlags.NonPublic);
        if (field?.FieldType != typeof(Lazy<Func<IClientProxy, T>>))
        {
            throw new NotSupportedException(
                $"Typed clients ({typeof(T).FullName}) need Microsoft.AspNet.SignalR.Core 2.4; "
                + $"{typeof(IHub).Assembly.GetName().Version} is loaded. Call clients through the dynamic Clients of Hub instead.");
        }

        field.SetValue(null, new Lazy<Func<IClientProxy, T>>(static () => TypedClient.For<T>));
        return true;
    }

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

    private static class Enabled<T>
    {
        private static readonly Lazy<bool> Once = new(Replace<T>);

        public static bool Value => Once.Value;
    }
}
