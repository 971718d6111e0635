using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Json;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>A hub method by the name that a call used. SignalR looked it up once.</summary>
/// <param name="HubName">The name in the call, in its own case; error messages show it.</param>
/// <param name="MethodName">The name in the call, in its own case; error messages show it.</param>
internal sealed record HubMethod(string HubName, string MethodName, HubDescriptor Hub, MethodDescriptor Descriptor, Type[] ParameterTypes)
{
    /// <summary>The prefix of the hub's group names in SignalR's keys.</summary>
    public string GroupPrefix { get; } = SignalKeys.HubGroup + Hub.Name;

    /// <summary>Whether no attribute restricts who may call it.</summary>
    public bool IsOpen { get; } = !Hub.HubType.GetCustomAttributes(typeof(IAuthorizeHubMethodInvocation), inherit: true)
        .Concat(Descriptor.Attributes.OfType<IAuthorizeHubMethodInvocation>()).Any();
}

/// <summary>
/// Finds the methods of calls. SignalR itself would look for the hub three times and for the method once in every call.
/// Thread-safe.
/// </summary>
internal sealed class HubMethods
{
    // Clients choose the spelling of names. Beyond this number of spellings, SignalR looks up the name each time.
    private const int MaxSpellings = 4096;

    private static readonly IJsonValue[][] ArgumentCounts =
        [.. Enumerable.Range(0, CallEnvelope.MaxArguments + 1).Select(count => new IJsonValue[count])];

    private readonly IHubManager _manager;
    private readonly ConcurrentDictionary<Spelling, HubMethod> _methods = new(new SpellingComparer());
    private readonly ConcurrentDictionary<Spelling, HubMethod>.AlternateLookup<CalledName> _lookup;

    public HubMethods(IHubManager manager)
    {
        _manager = manager;
        _lookup = _methods.GetAlternateLookup<CalledName>();
    }

    /// <returns>
    /// The method; <see langword="null"/> if there is none, or if SignalR's dispatcher must serve it.
    /// </returns>
    public HubMethod? Find(ReadOnlySpan<byte> hub, ReadOnlySpan<byte> method, int arguments)
    {
        var name = new CalledName(hub, method, arguments);
        if (_lookup.TryGetValue(name, out var found))
        {
            return found;
        }

        found = Look(Encoding.UTF8.GetString(hub), Encoding.UTF8.GetString(method), arguments);
        if (found is not null && _methods.Count < MaxSpellings)
        {
            _lookup.TryAdd(name, found);
        }

        return found;
    }

    private HubMethod? Look(string hubName, string methodName, int arguments)
    {
        // SignalR's look-up only counts the values, and does not read them.
        return _manager.GetHub(hubName) is { } hub
            && _manager.GetHubMethod(hub.Name, methodName, ArgumentCounts[arguments]) is { ProgressReportingType: null } method
            ? new HubMethod(hubName, methodName, hub, method, [.. method.Parameters.Select(parameter => parameter.ParameterType)])
            : null;
    }

    private readonly record struct Spelling(byte[] Hub, byte[] Method, int Arguments);

    private readonly ref struct CalledName(ReadOnlySpan<byte> hub, ReadOnlySpan<byte> method, int arguments)
    {
        public readonly ReadOnlySpan<byte> Hub = hub;
        public readonly ReadOnlySpan<byte> Method = method;
        public readonly int Arguments = arguments;
    }

    private sealed class SpellingComparer : IEqualityComparer<Spelling>, IAlternateEqualityComparer<CalledName, Spelling>
    {
        public Spelling Create(CalledName alternate) => new(alternate.Hub.ToArray(), alternate.Method.ToArray(), alternate.Arguments);

        public bool Equals(CalledName alternate, Spelling other) =>
            alternate.Arguments == other.Arguments
            && alternate.Hub.SequenceEqual(other.Hub)
            && alternate.Method.SequenceEqual(other.Method);

        public bool Equals(Spelling x, Spelling y) => Equals(new CalledName(x.Hub, x.Method, x.Arguments), y);

        public int GetHashCode(Spelling spelling) => GetHashCode(new CalledName(spelling.Hub, spelling.Method, spelling.Arguments));

        public int GetHashCode(CalledName alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate.Hub);
            hash.Add(alternate.Arguments);
            hash.AddBytes(alternate.Method);
            return hash.ToHashCode();
        }
    }
}
