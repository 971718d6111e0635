using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// Finds older messages in the buffer for keys that gained a subscription with an older cursor: a client that came from
/// another server, or back after a while.
/// </summary>
/// <remarks>
/// One scan at a time, off the receiving thread, serves all keys that wait when it begins. So a thousand clients that
/// come at once from a server that went down cost a few scans, and clients that send one old cursor after another keep
/// at most one thread busy. A scan compares hashes, four bytes for each message, in a copy of a small part of the
/// buffer at a time: it holds no lock while it searches.
/// </remarks>
internal sealed class BackfillScanner
{
    private readonly string _appName;
    private readonly StreamBuffer _buffer;
    private readonly SubscriptionScheduler _scheduler;
    private readonly DeliveryCounters _counters;
    private readonly ILogger _logger;

    public BackfillScanner(
        string appName, StreamBuffer buffer, SubscriptionScheduler scheduler, DeliveryCounters counters, ILogger logger)
    {
        _appName = appName;
        _buffer = buffer;
        _scheduler = scheduler;
        _counters = counters;
        _logger = logger;
    }

    /// <summary>Scans until no key waits.</summary>
    public void Run()
    {
        while (_buffer.BeginBackfills() is { } backfills)
        {
            var isComplete = false;
            try
            {
                Find(backfills);
                isComplete = true;
            }
            catch (Exception exception)
            {
                DeliveryLog.BackfillFailed(_logger, exception, _appName, _buffer.StreamIndex);
            }

            var found = 0;
            var toWake = new List<BackplaneSubscription>();
            foreach (var backfill in backfills)
            {
                found += _buffer.EndBackfill(backfill, isComplete, toWake);
            }

            _scheduler.Wake(toWake);

            _counters.Backfilled();
            DeliveryLog.Backfilled(_logger, _appName, _buffer.StreamIndex, found, backfills.Count);
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

        var segment = new FrameSegment();
        while (id < through)
        {
            id = _buffer.Copy(segment, id, through);
            segment.Search(wanted);
        }
    }
}
