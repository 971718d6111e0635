namespace RedisBackplane.Publishing;

/// <summary>
/// The bytes of small frames, packed into chunks. Thousands of batches live for half a minute. The garbage collector
/// would move separate objects from generation to generation, and stop the process for it. Not thread-safe.
/// </summary>
internal sealed class FrameChunks
{
    /// <summary>For a longer frame, the copy costs more than the objects that it saves.</summary>
    public const int LongestFrame = 8 * 1024;

    // Below the limit of the large object heap.
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
            // A full chunk lives as long as one of its frames.
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

    /// <summary>Releases the memory.</summary>
    public void Clear() => (_open, _spare) = (null, null);
}

/// <summary>One chunk of <see cref="FrameChunks"/>.</summary>
internal sealed class FrameChunk(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    /// <summary>The number of used bytes. Removed frames count until the chunk is empty.</summary>
    public int Used { get; set; }

    public int Frames { get; set; }
}
