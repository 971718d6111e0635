using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.AspNetCore.Transports.Heartbeat;

/// <summary>A connection that the heartbeat watches.</summary>
/// <param name="start">The clock's timestamp when it began.</param>
internal sealed class TrackedConnection(ITrackingConnection connection, long start)
{
    private long _lastMarked = start;
    private int _isLeaving;

    public ITrackingConnection Connection => connection;

    public long Start { get; } = start;

    /// <summary>The clock's timestamp of the last sign that the client was there.</summary>
    public long LastMarked => Volatile.Read(ref _lastMarked);

    /// <summary>The place in <see cref="ConnectionRing"/>, which sets it.</summary>
    public int Slot { get; set; }

    /// <summary>The place in the slot; negative if the ring does not contain it.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Decides to disconnect the client, unless that has been decided before.</summary>
    public bool TryBeginToLeave() => Interlocked.Exchange(ref _isLeaving, 1) == 0;

    /// <summary>The client is not disconnected after all.</summary>
    public void Stay() => Volatile.Write(ref _isLeaving, 0);

    public void Mark(long now) => Volatile.Write(ref _lastMarked, now);
}
