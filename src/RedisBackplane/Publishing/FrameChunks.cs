namespace RedisBackplane.Publishing;

/// <summary>
/// Bytes of small frames, packed into chunks. Thousands of batches that live for half a minute would, as objects of their own, be moved
/// from generation to generation by the garbage collector, which stops the whole process for it. Not thread-safe.
/// </summary>
internal sealed class FrameChunks
{
    /// <summary>Of a longer frame a copy costs more than the objects that it saves.</summary>
    public const int LongestFrame = 8 * 1024;

    // Below what the garbage collector takes for a large object.
    private const int ChunkSize = 64 * 1024;

    private FrameChunk? _open;
    private FrameChunk? _spare;

    /// <param name="frame">At most <see cref="LongestFrame"/> bytes.</param>
    /// <param name="start">Where in the chunk they begin.</param>
    /// <returns>The chunk, for <see cref="Remove"/>.</returns>
    public FrameChunk Add(ReadOnlySpan<byte> frame, out int start)
    {
        var chunk = _open;
        if (chunk is null || ChunkSize - chunk.Used < frame.Length)
        {
            // What is full lives as long as one of its frames.
            chunk = _spare ?? new FrameChunk(new byte[ChunkSize]);
            _spare = null;
            _open = chunk;
        }

        start = chunk.Used;
        frame.CopyTo(chunk.Bytes.AsSpan(start));
        chunk.Used += frame.Length;
        chunk.Frames++;
        return chunk;
    }

    public void Remove(FrameChunk chunk)
    {
        if (--chunk.Frames > 0)
        {
            return;
        }

        chunk.Used = 0;
        if (!ReferenceEquals(chunk, _open))
        {
            _spare = chunk;
        }
    }

    /// <summary>Lets go of the memory for what comes next.</summary>
    public void Clear() => (_open, _spare) = (null, null);
}

/// <summary>One chunk of <see cref="FrameChunks"/>.</summary>
internal sealed class FrameChunk(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    /// <summary>How many of its bytes are taken; what was removed among them stays so until all is.</summary>
    public int Used { get; set; }

    public int Frames { get; set; }
}
