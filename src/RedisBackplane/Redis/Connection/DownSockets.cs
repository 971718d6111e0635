using System.Net;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// The sockets of a connection that are down. The client library reports a lost socket and the one that replaces it on
/// the thread pool, in any order. It numbers its sockets, and both reports contain the number. Thread-safe.
/// </summary>
internal sealed class DownSockets
{
    private readonly object _gate = new();
    private readonly HashSet<(EndPoint? Server, ConnectionType Type)> _down = [];
    private readonly Dictionary<(EndPoint? Server, ConnectionType Type), long> _newest = [];

    /// <summary>A socket was lost.</summary>
    /// <returns>Whether another socket has replaced it already.</returns>
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

    /// <summary>A socket works; for the first time, or again.</summary>
    /// <returns>Whether it replaces a socket that was lost.</returns>
    public bool Back(ConnectionFailedEventArgs e)
    {
        lock (_gate)
        {
            var key = (e.EndPoint, e.ConnectionType);
            _newest[key] = NumberOf(e);
            return _down.Remove(key);
        }
    }

    /// <summary>Another connection replaces this one.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _down.Clear();
            _newest.Clear();
        }
    }

    // "Subscription#12@10.0.0.1:6379". If there is no number, the largest one: then the order of the reports counts.
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
