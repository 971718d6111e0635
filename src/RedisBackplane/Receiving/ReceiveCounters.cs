using RedisBackplane.Telemetry;

namespace RedisBackplane.Receiving;

/// <summary>What the receiving room did. Thread-safe.</summary>
internal sealed class ReceiveCounters
{
    /// <summary>All payloads of the channel, of any kind.</summary>
    public Counter Payloads { get; } = new();

    /// <summary>Frames taken, live or from the history.</summary>
    public Counter Frames { get; } = new();

    /// <summary>Payloads on the channel that were no frame.</summary>
    public Counter Malformed { get; } = new();

    /// <summary>Frames that had been taken already.</summary>
    public Counter Duplicates { get; } = new();

    /// <summary>Frames that claimed an id above the counter in Redis.</summary>
    public Counter Foreign { get; } = new();

    /// <summary>Frames that were dropped because no key of the farm had signed them.</summary>
    public Counter Unauthenticated { get; } = new();

    /// <summary>
    /// Frames that were dropped in the client library, because this process was too slow. They are read from the
    /// history.
    /// </summary>
    public Counter DroppedBacklog { get; } = new();

    /// <summary>
    /// Frames that were dropped because they arrived faster than the history was read. They are read from the history
    /// too.
    /// </summary>
    public Counter DroppedHeld { get; } = new();

    public Counter Jumps { get; } = new();

    public Counter GapsFilled { get; } = new();

    public Counter GapsUnfilled { get; } = new();

    /// <summary>Messages taken from the history.</summary>
    public Counter Replayed { get; } = new();

    /// <summary>Ids that neither arrived nor were in the history.</summary>
    public Counter Lost { get; } = new();

    /// <summary>Frames whose delivery threw.</summary>
    public Counter Failed { get; } = new();

    /// <summary>How often frames were left in the history for a while, because subscriptions were behind.</summary>
    public Counter Pauses { get; } = new();

    public void GapFilled(long messages)
    {
        GapsFilled.Add();
        Replayed.Add(messages);
    }

    public void GapUnfilled(long messages)
    {
        GapsUnfilled.Add();
        Lost.Add(messages);
    }
}
