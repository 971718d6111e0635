using RedisBackplane.Delivery.Subscriptions;

namespace RedisBackplane.Delivery.Buffer;

/// <summary>
/// Finds older messages in the buffer for keys with a new subscription that has an older cursor: a client that came
/// from another server, or that returned after a while.
/// </summary>
/// <remarks>
/// One scan at a time, outside of the receiving thread, serves all keys that wait when it begins. If a thousand clients
/// arrive at once from a server that went down, they cost a few scans. Clients that send one old cursor after another
/// keep at most one thread busy. A scan compares hashes, four bytes for each message, in a copy of a small part of the
/// buffer at a time: it holds no lock while it searches.
/// </remarks>
internal sealed class BackfillScanner(DeliveryContext context, StreamBuffer buffer)
{
    /// <summary>Scans until no key waits.</summary>
    public void Run()
    {
        while (buffer.BeginBackfills() is { } backfills)
        {
            var isComplete = false;
            try
            {
                Find(backfills);
                isComplete = true;
            }
            catch (Exception exception)
            {
                DeliveryLog.BackfillFailed(context.Logger, exception, context.AppName, buffer.StreamIndex);
            }

            var found = 0;
            var toWake = new List<BackplaneSubscription>();
            foreach (var backfill in backfills)
            {
                found += buffer.EndBackfill(backfill, isComplete, toWake);
            }

            context.Scheduler.Wake(toWake);
            context.Counters.Backfills.Add();
            DeliveryLog.Backfilled(context.Logger, context.AppName, buffer.StreamIndex, found, backfills.Count);
        }
    }

    private void Find(List<Backfill> backfills)
    {
        var wanted = new WantedKeys(backfills);
        var segment = new FrameSegment();
        var id = 0UL;

        // Each part of the buffer is searched once, and only if a key needs it. So a cursor that is far back does not
        // make the search for another client longer.
        foreach (var backfill in backfills.OrderBy(static backfill => backfill.After))
        {
            id = Math.Max(id, backfill.After);
            while (id < backfill.Through)
            {
                id = buffer.Copy(segment, id, backfill.Through);
                segment.Search(wanted);
                context.Counters.SearchedMessages.Add(segment.Messages);
            }
        }
    }
}
