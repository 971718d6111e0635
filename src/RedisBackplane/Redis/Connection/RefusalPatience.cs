namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Detects a change of servers that the client library has not followed. During a failover or a migration, a server may
/// refuse calls for a moment. A connection that still leads to it later may stay there forever. Every attempt without
/// success doubles the patience. Thread-safe.
/// </summary>
/// <param name="shortest">The patience after a success; at most half a minute.</param>
internal sealed class RefusalPatience(TimeProvider time, TimeSpan shortest)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private const int MostDoublings = 10;

    private readonly object _gate = new();
    private int _attempts;
    private object? _refusing;
    private long? _since;
    private volatile bool _isTried;

    /// <summary>Records a refusal of Redis.</summary>
    /// <param name="refusing">The connection. With another one than before, the patience starts again.</param>
    /// <returns>
    /// Whether the patience has ended and the connection should be replaced. The patience then starts again.
    /// </returns>
    public bool EndsNow(object? refusing)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _isTried = true;
            _since = ReferenceEquals(refusing, _refusing) ? _since ?? now : now;
            _refusing = refusing;
            if (time.GetElapsedTime(_since.Value, now).Ticks < Math.Min(shortest.Ticks << _attempts, Longest.Ticks))
            {
                return false;
            }

            _since = null;
            _attempts = Math.Min(_attempts + 1, MostDoublings);
            return true;
        }
    }

    /// <summary>Redis accepted a call.</summary>
    public void Renew()
    {
        if (!_isTried)
        {
            return;
        }

        lock (_gate)
        {
            _isTried = false;
            _refusing = null;
            _since = null;
            _attempts = 0;
        }
    }
}
