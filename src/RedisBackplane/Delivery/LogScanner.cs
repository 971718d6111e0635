using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Wire;

namespace RedisBackplane.Delivery;

/// <summary>
/// Finds older messages in the log for keys that gained a subscriber with an older cursor: a client that came from another server, or back
/// after a while.
/// </summary>
/// <remarks>
/// One scan at a time, off the receiving thread, serves all keys that wait when it begins. So a thousand clients that come at once from a
/// server that went down cost a few scans, and clients that send one old cursor after another keep at most one thread busy. A scan compares
/// hashes, four bytes for each message, in steps between which it lets others at the log.
/// </remarks>
internal sealed class LogScanner
{
    private const int Step = 8192;

    private readonly string _appName;
    private readonly StreamLog _log;
    private readonly WakeQueue _wakes;
    private readonly DeliveryCounters _counters;
    private readonly ILogger _logger;
    private readonly List<LogSubscription> _toWake = [];

    // Guarded by the log's gate.
    private List<Backfill> _requested = [];
    private bool _isRunning;

    public LogScanner(string appName, StreamLog log, WakeQueue wakes, DeliveryCounters counters, ILogger logger)
    {
        _appName = appName;
        _log = log;
        _wakes = wakes;
        _counters = counters;
        _logger = logger;
    }

    /// <summary>
    /// Asks for the messages of a link's key after an id. The caller holds <see cref="StreamLog.Gate"/> and calls <see cref="RunIfNeeded"/>
    /// afterwards.
    /// </summary>
    public void Request(KeyLink link, ulong after)
    {
        var backfill = link.Entry.Backfill;
        if (backfill is null || (backfill.IsRunning && after < backfill.After))
        {
            backfill = new Backfill(link.Entry, after);
            link.Entry.Backfill = backfill;
            _requested.Add(backfill);
        }

        backfill.After = Math.Min(backfill.After, after);
        backfill.Waiters.Add(link);
        link.IsWaiting = true;
        link.Reader.Waiting++;
    }

    /// <summary>Starts to scan if keys wait and no scan is under way.</summary>
    public void RunIfNeeded()
    {
        lock (_log.Gate)
        {
            if (_isRunning || _requested.Count == 0)
            {
                return;
            }

            _isRunning = true;
        }

        _wakes.Run(Scan);
    }

    private void Scan()
    {
        while (BeginScan() is { } backfills)
        {
            try
            {
                Find(backfills);
            }
            catch (Exception exception)
            {
                Log.BackfillFailed(_logger, exception, _appName, _log.StreamIndex);
            }

            var found = EndScan(backfills);
            _wakes.Wake(_toWake);
            _toWake.Clear();
            _counters.Backfilled();
            Log.Backfilled(_logger, _appName, _log.StreamIndex, found, backfills.Count);
        }
    }

    private List<Backfill>? BeginScan()
    {
        lock (_log.Gate)
        {
            if (_requested.Count == 0)
            {
                _isRunning = false;
                return null;
            }

            var backfills = _requested;
            _requested = [];
            foreach (var backfill in backfills)
            {
                backfill.IsRunning = true;
                backfill.Through = backfill.Entry.IndexedAfter;
            }

            return backfills;
        }
    }

    private void Find(List<Backfill> backfills)
    {
        var wanted = new WantedKeys(backfills);
        var id = ulong.MaxValue;
        var through = 0UL;
        foreach (var backfill in backfills)
        {
            id = Math.Min(id, backfill.After);
            through = Math.Max(through, backfill.Through);
        }

        while (id < through)
        {
            lock (_log.Gate)
            {
                id = FindStep(wanted, id, through);
            }
        }
    }

    /// <summary>Looks at some messages after an id.</summary>
    /// <returns>The last id looked at; <paramref name="through"/> when there are no more.</returns>
    private ulong FindStep(WantedKeys wanted, ulong id, ulong through)
    {
        var frames = _log.Frames;
        var left = Step;
        for (var i = frames.FirstFrameAfter(id); i < frames.FrameCount && left > 0; i++)
        {
            ref var frame = ref frames[i];
            if (frame.FirstId > through)
            {
                return through;
            }

            // Messages that share an id are looked at in one step.
            var first = id < frame.FirstId ? 0 : (int)(id - frame.FirstId) + 1;
            var end = frame.HasOneId ? frame.Count : Math.Min(frame.Count, first + left);
            var walk = default(FrameKeyEnumerator);
            var walked = -1;
            for (var message = first; message < end; message++)
            {
                var hash = frames.HashAt(frame, message);
                if (!wanted.MayContain(hash))
                {
                    continue;
                }

                if (walked < 0)
                {
                    walk = Frame.EnumerateKeys(frame.Buffer);
                }

                for (; walked < message; walked++)
                {
                    _ = walk.MoveNext();
                }

                wanted.Offer(hash, frame.IdOf(message), message, walk);
            }

            left -= end - first;
            id = frame.HasOneId ? frame.FirstId : frame.FirstId + (ulong)end - 1;
        }

        return left > 0 ? through : id;
    }

    private int EndScan(List<Backfill> backfills)
    {
        var found = 0;
        lock (_log.Gate)
        {
            foreach (var backfill in backfills)
            {
                found += Index(backfill);
                foreach (var link in backfill.Waiters)
                {
                    if (link.IsWaiting)
                    {
                        link.Reader.Found(link);
                        if (link.Reader.Waiting == 0)
                        {
                            _toWake.Add(link.Reader.Subscription);
                        }
                    }
                }
            }
        }

        return found;
    }

    /// <summary>Puts what was found, as far as the log still has it, before the key's other messages.</summary>
    private int Index(Backfill backfill)
    {
        var entry = backfill.Entry;
        if (entry.Backfill == backfill)
        {
            entry.Backfill = null;
        }

        if (entry.IsRemoved)
        {
            return 0;
        }

        var frames = _log.Frames;
        var indexed = 0;
        for (var i = backfill.Found.Count - 1; i >= 0 && backfill.Found[i].Id > frames.Floor; i--)
        {
            var message = backfill.Found[i];
            var frame = frames.FirstFrameAfter(message.Id - 1);
            entry.Positions.AddFirst() = frames.AddHeard(frame, entry, message.Offset, message.SourceOffset, message.Index);
            indexed++;
        }

        entry.IndexedAfter = Math.Min(entry.IndexedAfter, Math.Max(backfill.After, frames.Floor));
        return indexed;
    }
}
