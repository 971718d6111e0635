namespace RedisBackplane.Hubs;

/// <summary>SignalR's key of the messages and commands to one connection.</summary>
internal static class ConnectionKey
{
    public static string Of(string connectionId) => "c-" + connectionId;
}
