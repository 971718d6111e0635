namespace RedisBackplane.Hubs;

/// <summary>
/// The prefixes of the keys to which SignalR addresses messages (its PrefixHelper). A name or an id follows.
/// </summary>
internal static class SignalKeys
{
    /// <summary>All clients of a hub.</summary>
    public const string Hub = "h-";

    /// <summary>A client of a hub: <c>hub.connectionId</c>.</summary>
    public const string HubConnection = "hc-";

    /// <summary>A user of a hub: <c>hub.userId</c>.</summary>
    public const string HubUser = "hu-";

    /// <summary>A group of a hub: <c>hub.group</c>.</summary>
    public const string HubGroup = "hg-";

    /// <summary>All clients of a class of persistent connections.</summary>
    public const string ConnectionClass = "pc-";

    /// <summary>A group of a class of persistent connections.</summary>
    public const string ConnectionClassGroup = "pcg-";

    /// <summary>The messages and commands to one connection.</summary>
    public static string OfConnection(string connectionId) => "c-" + connectionId;
}
