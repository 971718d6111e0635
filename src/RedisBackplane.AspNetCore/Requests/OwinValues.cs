using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNet.SignalR.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RedisBackplane.AspNetCore.Requests;

/// <summary>
/// The OWIN environment of one request. SignalR reads a few of its values. The dictionary with all values is created
/// only if other code reads it, which few applications do. Reading is thread-safe.
/// </summary>
internal sealed class OwinValues : IDictionary<string, object>
{
    private static readonly object Ok = StatusCodes.Status200OK;
    private static readonly bool CanBeSet = typeof(HostContext).GetField(
        "<Environment>k__BackingField", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic) is not null;

    private readonly OwinEnvironment _host;
    private Dictionary<string, object>? _all;

    public OwinValues(OwinEnvironment host, HttpContext context, ClassicRequest request, ClassicResponse response)
    {
        _host = host;
        (Request, Response) = (request, response);
        if (context.Features.Get<IHttpConnectionFeature>() is { } connection)
        {
            (RemoteAddress, RemotePort) = (connection.RemoteIpAddress, connection.RemotePort);
            (LocalAddress, LocalPort) = (connection.LocalIpAddress, connection.LocalPort);
        }

        CanUpgrade = context.Features.Get<IHttpWebSocketFeature>() is not null;
    }

    public ClassicRequest Request { get; }

    public ClassicResponse Response { get; }

    public IPAddress? RemoteAddress { get; }

    public int RemotePort { get; }

    public IPAddress? LocalAddress { get; }

    public int LocalPort { get; }

    /// <summary>Whether the server can turn the request into a WebSocket.</summary>
    public bool CanUpgrade { get; }

    /// <summary>Null if the request is not for a WebSocket.</summary>
    public WebSocketAcceptance? Acceptance { get; set; }

    public ICollection<string> Keys => All.Keys;

    public ICollection<object> Values => All.Values;

    public int Count => All.Count;

    public bool IsReadOnly => false;

    private Dictionary<string, object> All =>
        Volatile.Read(ref _all) ?? Interlocked.CompareExchange(ref _all, _host.MakeAll(this), null) ?? _all;

    public object this[string key]
    {
        get => TryGetValue(key, out var value) ? value : All[key];
        set => All[key] = value;
    }

    /// <summary>Creates the context in which SignalR serves the request.</summary>
    public HostContext MakeContext() => MakeContext(CanBeSet);

    /// <param name="canBeSet">
    /// Whether this SignalR keeps the environment in a field of the known name. Otherwise the values are copied.
    /// </param>
    internal HostContext MakeContext(bool canBeSet)
    {
        var context = new HostContext(Request, Response);
        if (canBeSet)
        {
            EnvironmentOf(context) = this;
        }
        else
        {
            foreach (var (key, value) in All)
            {
                context.Environment[key] = value;
            }
        }

        Request.Environment = context.Environment;
        return context;
    }

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value)
    {
        if (Volatile.Read(ref _all) is { } all)
        {
            return all.TryGetValue(key, out value);
        }

        value = key switch
        {
            OwinEnvironment.StatusKey => Ok,
            OwinEnvironment.ModeKey => _host.Mode,
            OwinEnvironment.StoppingKey => _host.Stopping,
            WebSocketAcceptance.CapabilitiesKey when CanUpgrade => OwinEnvironment.WebSocketCapabilities,
            WebSocketAcceptance.AcceptKey => Acceptance?.Function,
            _ => null,
        };
        return value is not null || (OwinEnvironment.Keys.Contains(key) && All.TryGetValue(key, out value));
    }

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public void Add(string key, object value) => All.Add(key, value);

    public void Add(KeyValuePair<string, object> item) => All.Add(item.Key, item.Value);

    public bool Remove(string key) => All.Remove(key);

    public bool Remove(KeyValuePair<string, object> item) => ((IDictionary<string, object>)All).Remove(item);

    public void Clear() => All.Clear();

    public bool Contains(KeyValuePair<string, object> item) => ((IDictionary<string, object>)All).Contains(item);

    public void CopyTo(KeyValuePair<string, object>[] array, int arrayIndex) =>
        ((IDictionary<string, object>)All).CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => All.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // SignalR sets it to a dictionary of its own.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Environment>k__BackingField")]
    private static extern ref IDictionary<string, object> EnvironmentOf(HostContext context);
}
