using System.Collections.Concurrent;
using Microsoft.AspNet.SignalR.Hubs;
using Microsoft.AspNet.SignalR.Json;
using Newtonsoft.Json;
using RedisBackplane.Hubs;

namespace RedisBackplane.AspNetCore.Hubs.Dispatch;

/// <summary>A hub that a client has connected to, with the beginnings of SignalR's keys and names for it.</summary>
internal sealed class ConnectedHub(HubDescriptor descriptor)
{
    public HubDescriptor Descriptor { get; } = descriptor;

    /// <summary>The key of all clients of the hub.</summary>
    public string Key { get; } = SignalKeys.Hub + descriptor.Name;

    public string ConnectionPrefix { get; } = SignalKeys.HubConnection + descriptor.Name + ".";

    public string UserPrefix { get; } = SignalKeys.HubUser + descriptor.Name + ".";

    /// <summary>The prefix of its groups' names in a groups token.</summary>
    public string GroupPrefix { get; } = descriptor.Name + ".";

    /// <summary>The prefix of its groups' keys.</summary>
    public string GroupKeyPrefix { get; } = SignalKeys.HubGroup + descriptor.Name;
}

/// <summary>
/// Reads which hubs a client connects to. A connection consists of three requests with the same text, and nearly all
/// clients of an application send the same text. Each text is read once. Thread-safe.
/// </summary>
internal sealed class ConnectedHubs(IHubManager manager)
{
    // Clients choose the text, so the number of remembered texts is limited.
    private const int MaxTexts = 256;
    private const int LongestText = 2048;

    private readonly ConcurrentDictionary<string, ConnectedHub[]> _known = new(StringComparer.Ordinal);

    /// <param name="text">The query's <c>connectionData</c>.</param>
    /// <returns>The hubs; <see langword="null"/> if SignalR must decide about the text.</returns>
    public ConnectedHub[]? Find(string? text, JsonSerializer serializer)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (_known.TryGetValue(text, out var hubs))
        {
            return hubs;
        }

        hubs = Read(text, serializer);
        if (hubs is not null && text.Length <= LongestText && _known.Count < MaxTexts)
        {
            _known.TryAdd(text, hubs);
        }

        return hubs;
    }

    private ConnectedHub[]? Read(string text, JsonSerializer serializer)
    {
        List<NamedHub>? named;
        try
        {
            named = serializer.Parse<List<NamedHub>>(text);
        }
        catch (JsonException)
        {
            return null;
        }

        if (named is null or [])
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var hubs = new List<ConnectedHub>(named.Count);
        foreach (var name in named.Select(hub => hub?.Name))
        {
            if (string.IsNullOrEmpty(name) || manager.GetHub(name) is not { } hub || !names.Add(hub.Name))
            {
                return null;
            }

            hubs.Add(new ConnectedHub(hub));
        }

        return [.. hubs];
    }

    // The serializer creates it.
#pragma warning disable CA1812
    private sealed class NamedHub
#pragma warning restore CA1812
    {
        public string? Name { get; set; }
    }
}
