using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Detects a failover that the client library has not followed. During a failover, a server that has become a replica
/// refuses writes for a moment. A connection that still leads to it later may stay there forever. Every attempt without
/// success doubles the patience. Thread-safe.
/// </summary>
internal sealed class ReadOnlyPatience(TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private TimeSpan _patience = Shortest;
    private long? _since;
    private volatile bool _isTried;

    /// <summary>Records a refusal of Redis.</summary>
    /// <returns>
    /// Whether the patience has ended and the connection should be replaced. The patience then starts again.
    /// </returns>
    public bool EndsWith(RedisServerException refusal)
    {
        // With Redis 7 the message starts with this word. Before, an error of a script contained it.
        if (!refusal.Message.Contains("READONLY"))
        {
            return false;
        }

        lock (_gate)
        {
            var now = time.GetTimestamp();
            _isTried = true;
            _since ??= now;
            if (time.GetElapsedTime(_since.Value, now) < _patience)
            {
                return false;
            }

            _since = null;
            _patience = TimeSpan.FromTicks(Math.Min(2 * _patience.Ticks, Longest.Ticks));
            return true;
        }
    }

    /// <summary>Redis accepted a write.</summary>
    public void Renew()
    {
        if (!_isTried)
        {
            return;
        }

        lock (_gate)
        {
            _isTried = false;
            _since = null;
            _patience = Shortest;
        }
    }
}
