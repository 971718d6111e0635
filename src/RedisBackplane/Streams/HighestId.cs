namespace RedisBackplane.Streams;

/// <summary>The highest id that a server has seen in a stream, sent or received. It only grows. Thread-safe.</summary>
internal sealed class HighestId
{
    private long _value;

    public ulong Value => (ulong)Volatile.Read(ref _value);

    public void Raise(ulong id)
    {
        // Ids stay below 2^53 (publish.lua), and an id that Redis did not give is not accepted (ForeignFrames).
        var candidate = (long)id;
        var current = Volatile.Read(ref _value);
        while (candidate > current)
        {
            var seen = Interlocked.CompareExchange(ref _value, candidate, current);
            if (seen == current)
            {
                return;
            }

            current = seen;
        }
    }
}
