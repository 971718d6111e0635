using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
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
    private readonly ConcurrentDictionary<string, Lazy<Description>> _hubs = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<MethodDescriptor> GetMethods(HubDescriptor hub)
    {
        var description = _hubs.GetOrAdd(hub.Name, _ => new Lazy<Description>(() => Describe(hub))).Value;
        description.Failure?.Throw();
        return description.Methods!;
    }

    /// <returns>Whether exactly one method has the name and the number of parameters.</returns>
    public bool TryGetMethod(
        HubDescriptor hub, string method, [NotNullWhen(true)] out MethodDescriptor? descriptor, IList<IJsonValue> parameters)
    {
        // SignalR itself describes only the methods of this name, which is enough until a call has failed.
        if (!_hubs.TryGetValue(hub.Name, out var all) || all.Value.Methods is not { } methods)
        {
            return _stock.TryGetMethod(hub, method, out descriptor, parameters) && !IsDisposal(hub, descriptor);
        }

        var matching = Array.FindAll(
            methods,
            candidate => string.Equals(candidate.Name, method, StringComparison.OrdinalIgnoreCase) && candidate.Matches(parameters));
        descriptor = matching is [var only] ? only : null;
        return descriptor is not null;
    }

    private Description Describe(HubDescriptor hub)
    {
        try
        {
            return new([.. _stock.GetMethods(hub).Where(method => !IsDisposal(hub, method))], Failure: null);
        }
#pragma warning disable CA1031 // SignalR cannot describe every method, such as a generic one. The others can be called.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new(Methods: null, ExceptionDispatchInfo.Capture(exception));
        }
    }

    // Public methods of a hub can be called by clients. SignalR excludes Dispose, and knows no other interface.
    private static bool IsDisposal(HubDescriptor hub, MethodDescriptor method) =>
        method.Parameters.Count == 0
        && string.Equals(method.Name, nameof(IAsyncDisposable.DisposeAsync), StringComparison.OrdinalIgnoreCase)
        && typeof(IAsyncDisposable).IsAssignableFrom(hub.HubType);

    private sealed record Description(MethodDescriptor[]? Methods, ExceptionDispatchInfo? Failure);
}
