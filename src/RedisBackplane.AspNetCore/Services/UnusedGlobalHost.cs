using Microsoft.AspNet.SignalR;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// GlobalHost's resolver in a process whose hosts do not use GlobalHost. Nothing that uses it could reach a client.
/// </summary>
internal sealed class UnusedGlobalHost : IDependencyResolver
{
    public object GetService(Type serviceType) => throw NotUsed();

    public IEnumerable<object> GetServices(Type serviceType) => throw NotUsed();

    public void Register(Type serviceType, Func<object> activator) => throw NotUsed();

    public void Register(Type serviceType, IEnumerable<Func<object>> activators) => throw NotUsed();

    public void Dispose()
    {
        // It stays for the lifetime of the process.
    }

    private static InvalidOperationException NotUsed() =>
        new($"GlobalHost is used here, and the host that runs classic SignalR does not use it. {GlobalHostUse.Advice}");
}
