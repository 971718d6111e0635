using RedisBackplane.Timing;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Gives up calls that the client library has lost: StackExchange.Redis may never complete a call that it writes while
/// the socket closes. Nothing else would end the wait of a stream for it. Calls of one generation share a deadline, so
/// that a call costs no timer. Thread-safe.
/// </summary>
/// <param name="longest">
/// The time after which the client library itself has ended every call that it has not lost.
/// </param>
/// <param name="stopping">Afterwards, nothing is given up.</param>
internal sealed class CallDeadlines(TimeProvider time, TimeSpan longest, CancellationToken stopping)
{
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly List<CallGeneration> _past = [];
    private CallGeneration _current = new(time.GetTimestamp() + time.Timestamp(longest));

    /// <summary>The deadline of a call that begins now. Take it before the connection of the call.</summary>
    public CallDeadline Current => new(Volatile.Read(ref _current));

    /// <summary>Begins a generation. <see cref="EndPast"/> does not affect the calls that begin from now on.</summary>
    public void BeginNext()
    {
        lock (_gate)
        {
            BeginNext(time.GetTimestamp());
        }
    }

    /// <summary>Shortens the deadline of all calls of the past generations.</summary>
    public void EndPast(TimeSpan within)
    {
        var end = time.GetTimestamp() + time.Timestamp(within);
        lock (_gate)
        {
            _past.ForEach(generation => generation.EndsAt = Math.Min(generation.EndsAt, end));
        }

        time.Run(() => GiveUpAt(end, within));
    }

    /// <summary>Gives up the calls whose deadline has passed. Call it again and again.</summary>
    public void GiveUpLost()
    {
        List<CallGeneration> ended;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (now >= _current.EndsAt)
            {
                BeginNext(now);
            }

            ended = _past.FindAll(generation => now >= generation.EndsAt);
            _past.RemoveAll(generation => now >= generation.EndsAt);
        }

        // What continues after a call may take any lock.
        ended.ForEach(generation => time.Queue(generation.End));
    }

    private async Task GiveUpAt(long end, TimeSpan within)
    {
        await time.Wait(within, stopping).ConfigureAwait(false);

        // Timers of the system are less exact than its timestamps, and may fire some milliseconds too early.
        while (!stopping.IsCancellationRequested && time.GetTimestamp() < end)
        {
            await time.Wait(TimerSlack, stopping).ConfigureAwait(false);
        }

        if (!stopping.IsCancellationRequested)
        {
            GiveUpLost();
        }
    }

    // The newest call of a generation has the whole time still before it.
    private void BeginNext(long now)
    {
        var end = now + time.Timestamp(longest);
        _current.EndsAt = end;
        _past.Add(_current);
        Volatile.Write(ref _current, new CallGeneration(end));
    }
}
