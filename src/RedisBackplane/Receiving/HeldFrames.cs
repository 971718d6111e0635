using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Live frames that wait while the history is read. Bounded in bytes: if a frame does not fit, all held ones are
/// dropped, because the history has them in order. Without a history, only that frame is dropped. Not thread-safe.
/// </summary>
/// <param name="maxBytes">The bound if there is a history.</param>
internal sealed class HeldFrames(long maxBytes, long maxBytesWithoutHistory)
{
    // The memory of a frame in the queue and the array, in addition to its bytes. It matters if frames are tiny.
    private const int Overhead = 128;

    private Queue<(Frame Frame, long Read)> _frames = new();
    private long _bytes;

    /// <summary>Frames were dropped since the last <see cref="Clear"/>.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Whether dropped frames can be read again. Not known before the history was read once.</summary>
    public bool HasHistory { get; set; }

    public int Count => _frames.Count;

    /// <param name="read">The number of the last read of the history that had begun when the frame arrived.</param>
    /// <returns>How many frames were dropped.</returns>
    public int Add(in Frame frame, long read)
    {
        var dropped = 0;
        if (_bytes + SizeOf(frame) > (HasHistory ? maxBytes : maxBytesWithoutHistory) && _frames.Count > 0)
        {
            if (!HasHistory)
            {
                Overflowed = true;
                return 1;
            }

            dropped = _frames.Count;
            Clear();
            Overflowed = true;
        }

        _bytes += SizeOf(frame);
        _frames.Enqueue((frame, read));
        return dropped;
    }

    public bool TryPeek(out Frame frame, out long read)
    {
        (frame, read) = _frames.Count > 0 ? _frames.Peek() : default;
        return _frames.Count > 0;
    }

    public void Remove() => _bytes -= SizeOf(_frames.Dequeue().Frame);

    public void Clear()
    {
        // A queue keeps its capacity: some megabytes if tiny frames piled up in an outage.
        _frames = new Queue<(Frame Frame, long Read)>();
        _bytes = 0;
        Overflowed = false;
    }

    private static long SizeOf(in Frame frame) => frame.Buffer.Length + Overhead;
}
