using System.Net;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Which sockets of a connection are down. The client library tells of a lost socket and of the one in its place on the
/// thread pool, in any order; it numbers its sockets, and names them in both events. Thread-safe.
/// </summary>
internal sealed class DownSockets
{
    private readonly object _gate = new();
    private readonly HashSet<(EndPoint? Server, ConnectionType Type)> _down = [];
    private readonly Dictionary<(EndPoint? Server, ConnectionType Type), long> _newest = [];

    /// <summary>A socket was lost.</summary>
    /// <returns>Whether another one has taken its place already.</returns>
    public bool Lost(ConnectionFailedEventArgs e)
    {
        lock (_gate)
        {
            var key = (e.EndPoint, e.ConnectionType);
            if (_newest.TryGetValue(key, out var newest) && newest > NumberOf(e))
            {
                return true;
            }

            _down.Add(key);
            return false;
        }
    }

    /// <summary>There is a socket; for the first time, or again.</summary>
    /// <returns>Whether it takes the place of one that was lost.</returns>
    public bool Back(ConnectionFailedEventArgs e)
    {
        lock (_gate)
        {
            var key = (e.EndPoint, e.ConnectionType);
            _newest[key] = NumberOf(e);
            return _down.Remove(key);
        }
    }

    /// <summary>Another connection takes the place of this one.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _down.Clear();
            _newest.Clear();
        }
    }

    // "Subscription#12@10.0.0.1:6379"; the largest number if there is none, which is the order of the events.
    private static long NumberOf(ConnectionFailedEventArgs e)
    {
        var name = e.ToString();
        var number = 0L;
        var at = name.IndexOf('#') + 1;
        for (; at > 0 && at < name.Length && name[at] is >= '0' and <= '9'; at++)
        {
            number = (number * 10) + (name[at] - '0');
        }

        return number > 0 ? number : long.MaxValue;
    }
}
