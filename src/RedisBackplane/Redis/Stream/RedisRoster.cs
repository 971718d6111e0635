using RedisBackplane.Redis.Scripts;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Exchanges the number of streams through one Redis, every two seconds: over how many streams each server of the farm
/// sends, and how many it reads (<c>join_farm.lua</c>). So the number can be changed one server at a time. A server
/// that learns of more streams reads them too, and no server sends over a stream before all others read it.
/// Thread-safe.
/// </summary>
internal sealed class RedisRoster : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    // Long enough for a server that is delayed or cut off for a moment. A server that comes back later finds in the
    // history what it missed.
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(10);

    private readonly RedisStreamContext _first;
    private readonly string _id;
    private readonly string _place;
    private readonly int _sends;
    private readonly Func<int> _reads;
    private readonly TimeSpan _remember;
    private readonly BurstLimiter _refusals;
    private readonly ITimer _timer;
    private volatile bool _hasJoined;
    private int _isTelling;

    /// <param name="first">The first stream in that Redis. Its keys contain the list.</param>
    /// <param name="place">The place of that Redis in the list of servers, and the length of the list. All servers must
    /// agree, or a stream would be in two places.</param>
    /// <param name="reads">
    /// Returns how many streams this server reads at the moment; 0 for a server that only sends.
    /// </param>
    public RedisRoster(RedisStreamContext first, RedisBackplaneOptions options, ServerIdentity server, string place, Func<int> reads)
    {
        _first = first;
        _id = server.ToString();
        _place = place;
        _sends = options.StreamCount;
        _reads = reads;
        _remember = options.HistoryTimeToLive;
        _refusals = new BurstLimiter(TimeSpan.FromSeconds(10), first.Time);
        _timer = first.Time.CreateTimer(_ => _ = TellAgain(), null, Period, Period);
    }

    /// <summary>
    /// Reports the number of streams of the farm. Raised whenever the other servers have been read. Two threads may
    /// call a handler at the same time.
    /// </summary>
    public event Action<int>? Told;

    /// <summary>
    /// Completes when this server may use a stream: the farm knows this server, and all other servers that receive read
    /// the stream.
    /// </summary>
    /// <exception cref="BackplaneException">Not yet; the text says why.</exception>
    public async Task AdmitAsync(int stream)
    {
        var reply = await TellAsync(Alive).ConfigureAwait(false);
        if (reply.OtherPlace.Length > 0)
        {
            var refusal = new BackplaneException(
                $"This server of the backplane '{_first.Name}' has Redis at {_first.Connection.Description} as number {_place} of its list "
                + $"(ConnectionStrings), another one as number {reply.OtherPlace}: they would look for a stream in different places. "
                + "It stays out until they agree, or the other is gone.");
            if (_refusals.TryEnter())
            {
                RedisStreamLog.FarmRefused(_first.Logger, refusal, _first.Name);
            }

            throw refusal;
        }

        if (stream < _sends && reply.ReadByAll <= stream)
        {
            throw new BackplaneException(
                FormattableString.Invariant($"Stream {stream} of the backplane '{_first.Name}' (StreamCount {_sends}) waits until every ")
                + FormattableString.Invariant($"server reads it; one of them still reads {reply.ReadByAll}."));
        }
    }

    /// <summary>Informs the other servers that this one leaves, so that none waits for it.</summary>
    public async Task LeaveAsync()
    {
        _timer.Dispose();
        if (!_hasJoined || !_first.Connection.IsConnected)
        {
            return;
        }

        try
        {
            await TellAsync(TimeSpan.Zero).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The entry of this server expires a little later.
            RedisStreamLog.FarmNotTold(_first.Logger, exception, _first.Name);
        }
    }

    public void Dispose() => _timer.Dispose();

    private async Task TellAgain()
    {
        if (!_hasJoined || !_first.Connection.IsConnected || Interlocked.Exchange(ref _isTelling, 1) != 0)
        {
            return;
        }

        try
        {
            await TellAsync(Alive).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The streams notice the same error, and log it.
            RedisStreamLog.FarmNotTold(_first.Logger, exception, _first.Name);
        }
        finally
        {
            Volatile.Write(ref _isTelling, 0);
        }
    }

    private async Task<JoinFarmScript.Reply> TellAsync(TimeSpan alive)
    {
        var reply = await JoinFarmScript.CallAsync(
            _first.Slot,
            new() { Farm = _first.Names.Farm },
            new()
            {
                Id = _id,
                Sends = _sends,
                Reads = _reads(),
                Place = _place,
                Alive = (long)alive.TotalMilliseconds,
                Remember = (long)_remember.TotalMilliseconds,
            }).ConfigureAwait(false);
        if (reply.OtherPlace.Length == 0 && alive > TimeSpan.Zero)
        {
            _hasJoined = true;
            Told?.Invoke(Math.Min(reply.Streams, RedisBackplaneOptions.MaxStreamCount));
        }

        return reply;
    }
}
