using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Json;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// Describes the methods of hubs. When a client calls a method that does not exist, SignalR describes all methods of
/// the hub, to name some of them in the error, and compiles each of them again. So a client could keep a server busy
/// with such calls. Here the methods of a hub are described once. Thread-safe.
/// </summary>
internal sealed class HubMethodDescriptions : IMethodDescriptorProvider
{
    private readonly ReflectedMethodDescriptorProvider _stock = new();
    private readonly ConcurrentDictionary<string, Lazy<MethodDescriptor[]>> _hubs = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<MethodDescriptor> GetMethods(HubDescriptor hub) =>
        _hubs.GetOrAdd(hub.Name, _ => new Lazy<MethodDescriptor[]>(() => [.. _stock.GetMethods(hub)])).Value;

    /// <returns>Whether exactly one method has the name and the number of parameters.</returns>
    public bool TryGetMethod(
        HubDescriptor hub, string method, [NotNullWhen(true)] out MethodDescriptor? descriptor, IList<IJsonValue> parameters)
    {
        // SignalR itself describes only the methods of this name, which is enough until a call has failed.
        if (!_hubs.TryGetValue(hub.Name, out var all))
        {
            return _stock.TryGetMethod(hub, method, out descriptor, parameters);
        }

        var matching = Array.FindAll(
            all.Value,
            candidate => string.Equals(candidate.Name, method, StringComparison.OrdinalIgnoreCase) && candidate.Matches(parameters));
        descriptor = matching is [var only] ? only : null;
        return descriptor is not null;
    }
}
