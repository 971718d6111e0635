using System.Globalization;

namespace RedisBackplane.Load.Nodes;

/// <summary>The names in messages: a hub's group as SignalR writes it, and a connection as the source.</summary>
internal static class LaneKeys
{
    public static string Name(int key) => "hg-Load.r" + key.ToString(CultureInfo.InvariantCulture);

    /// <summary>A connection id of SignalR is a GUID.</summary>
    public static string Source(int sender)
    {
        var bytes = new byte[16];
        new Random(sender).NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}
