using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Distinguishes the registrations of the application from those of SignalR. SignalR's resolver keeps a function for
/// each service, and the assembly of the function identifies its author.
/// </summary>
internal static class Registrations
{
    private static readonly Assembly SignalR = typeof(DefaultDependencyResolver).Assembly;

    private static readonly FieldInfo? Activators =
        typeof(DefaultDependencyResolver).GetField("_resolvers", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>Whether a service is SignalR's own, or not registered.</summary>
    public static bool IsStock(IDependencyResolver resolver, Type service) => ActivatorsOf(resolver, service) is { } activators
        ? activators.All(IsStock)
        : resolver.GetService(service) is not { } instance || instance.GetType().Assembly == SignalR;

    /// <summary>The services that the application registered.</summary>
    public static IEnumerable<Type> OfTheApplication(IDependencyResolver resolver) =>
        All(resolver) is { } all ? all.Where(pair => !pair.Value.All(IsStock)).Select(pair => pair.Key) : [];

    /// <summary>Whether SignalR has already created its own bus, for a hub context or a connection.</summary>
    public static bool HasMadeItsBus(IDependencyResolver resolver) => HasMade<IMessageBus>(resolver, typeof(IMessageBus));

    /// <summary>Whether SignalR has already created its own object for a service.</summary>
    /// <typeparam name="T">The type of SignalR's field for it.</typeparam>
    public static bool HasMade<T>(IDependencyResolver resolver, Type service)
    {
        var target = ActivatorsOf(resolver, service)?.SingleOrDefault()?.Target;
        return target?.GetType().GetFields().Select(field => field.GetValue(target)).OfType<Lazy<T>>()
            .Any(static made => made.IsValueCreated) ?? false;
    }

    /// <summary>Whether a service is created by a method of this object.</summary>
    public static bool IsFrom(IDependencyResolver resolver, Type service, object target) =>
        ActivatorsOf(resolver, service)?.SingleOrDefault()?.Target == target;

    /// <summary>The application's function for a service; null if it has none or several.</summary>
    public static Func<object>? ActivatorOf(IDependencyResolver resolver, Type service) =>
        ActivatorsOf(resolver, service) is [var activator] && !IsStock(activator) ? activator : null;

    private static bool IsStock(Func<object> activator) => activator.Method.Module.Assembly == SignalR;

    private static IList<Func<object>>? ActivatorsOf(IDependencyResolver resolver, Type service) =>
        All(resolver) is { } all && all.TryGetValue(service, out var activators) ? activators : null;

    private static Dictionary<Type, IList<Func<object>>>? All(IDependencyResolver resolver) =>
        resolver is DefaultDependencyResolver ? Activators?.GetValue(resolver) as Dictionary<Type, IList<Func<object>>> : null;
}
