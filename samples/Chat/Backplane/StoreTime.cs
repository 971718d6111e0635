namespace Chat.Backplane;

/// <summary>How long Redis took to store the last message of this server. Thread-safe.</summary>
public sealed class StoreTime(TimeProvider time)
{
    private long _lastTicks = -1;

    public TimeSpan? Last => Volatile.Read(ref _lastTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Waits for a send, and records its duration.</summary>
    public async Task Take(Task sending)
    {
        var begun = time.GetTimestamp();
        await sending;
        Volatile.Write(ref _lastTicks, time.GetElapsedTime(begun).Ticks);
    }
}
