namespace RedisBackplane.Timing;

/// <summary>
/// Decides when a connection that fails in some respect is replaced. During a failover or a migration, a server may
/// refuse calls for a moment, and a connection may need a moment to come back. One that still fails later may fail
/// forever. The patience doubles with every replacement that did not help, up to half a minute. Thread-safe.
/// </summary>
/// <param name="shortest">
/// The patience at the beginning and after a success. If it is longer than half a minute, it does not double.
/// </param>
internal sealed class ReplacementPatience(TimeProvider time, TimeSpan shortest)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private const int MostDoublings = 10;

    private readonly long _longest = Math.Max(shortest.Ticks, Longest.Ticks);
    private readonly object _gate = new();
    private int _attempts;
    private object? _failing;
    private long? _since;
    private volatile bool _isTried;

    /// <summary>Records a failure.</summary>
    /// <param name="failing">
    /// The connection; null if there is none at the moment. With another one than before, the patience starts again:
    /// another user of the connection may have replaced it.
    /// </param>
    /// <returns>
    /// Whether the patience has ended and the connection should be replaced. The patience then starts again.
    /// </returns>
    public bool EndsNow(object? failing)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _isTried = true;
            if (!ReferenceEquals(failing, _failing))
            {
                Begin(failing);
            }

            if (failing is null)
            {
                return false;
            }

            _since ??= now;
            if (time.GetElapsedTime(_since.Value, now).Ticks < Math.Min(shortest.Ticks << _attempts, _longest))
            {
                return false;
            }

            NoteReplaced();
            return true;
        }
    }

    /// <summary>The connection works.</summary>
    public void Renew()
    {
        if (!_isTried)
        {
            return;
        }

        lock (_gate)
        {
            _isTried = false;
            _failing = null;
            _since = null;
            _attempts = 0;
        }
    }

    private void Begin(object? failing)
    {
        // There is no time if this object has counted the replacement, or if there was no connection.
        if (_since is not null)
        {
            NoteReplaced();
        }

        _failing = failing;
        _since = null;
    }

    private void NoteReplaced()
    {
        _since = null;
        _attempts = Math.Min(_attempts + 1, MostDoublings);
    }
}
