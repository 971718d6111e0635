namespace RedisBackplane.AspNetCore.Transports.Heartbeat;

/// <summary>
/// Divides the connections evenly into slots, so that the heartbeat visits some of them at a time. Thread-safe.
/// </summary>
internal sealed class ConnectionRing
{
    public const int Slots = 16;

    private readonly List<TrackedConnection>[] _slots = [.. Enumerable.Range(0, Slots).Select(static _ => new List<TrackedConnection>())];
    private int _added;

    public void Add(TrackedConnection connection)
    {
        connection.Slot = Interlocked.Increment(ref _added) & (Slots - 1);
        var slot = _slots[connection.Slot];
        lock (slot)
        {
            connection.Index = slot.Count;
            slot.Add(connection);
        }
    }

    public void Remove(TrackedConnection connection)
    {
        var slot = _slots[connection.Slot];
        lock (slot)
        {
            if (connection.Index < 0)
            {
                return;
            }

            // The last one takes its place.
            var last = slot[^1];
            slot[connection.Index] = last;
            last.Index = connection.Index;
            slot.RemoveAt(slot.Count - 1);
            connection.Index = -1;
        }
    }

    /// <summary>Adds the connections of a slot to a list.</summary>
    public void CopyTo(int slot, List<TrackedConnection> connections)
    {
        var from = _slots[slot];
        lock (from)
        {
            connections.AddRange(from);
        }
    }
}
