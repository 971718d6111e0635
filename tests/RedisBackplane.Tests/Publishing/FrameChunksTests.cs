namespace RedisBackplane.Tests.Publishing;

public sealed class FrameChunksTests
{
    private readonly FrameChunks _chunks = new();

    [Fact]
    public void Add_FramesOfAllSizes_KeepsTheirBytesThroughAllThatComesAndGoes()
    {
        var random = new Random(1);
        var kept = new Queue<(byte[] Expected, FrameChunk Chunk, int Start)>();
        for (var i = 0; i < 5_000; i++)
        {
            var frame = new byte[random.Next(1, FrameChunks.LongestFrame + 1)];
            random.NextBytes(frame);
            kept.Enqueue((frame, _chunks.Add(frame, out var start), start));
            while (kept.Count > random.Next(1, 60))
            {
                var (expected, chunk, at) = kept.Dequeue();
                Assert.True(chunk.Bytes.AsSpan(at, expected.Length).SequenceEqual(expected), $"frame {i} was changed");
                _chunks.Remove(chunk);
            }
        }
    }

    [Fact]
    public void Add_AsManyAsWereRemoved_TakesNoFurtherMemory()
    {
        var chunks = new HashSet<FrameChunk>();
        var kept = new Queue<FrameChunk>();
        for (var i = 0; i < 5_000; i++)
        {
            var chunk = _chunks.Add(new byte[1_000], out _);
            chunks.Add(chunk);
            kept.Enqueue(chunk);
            if (kept.Count > 200)
            {
                _chunks.Remove(kept.Dequeue());
            }
        }

        // 200 frames are in four or five chunks. One more is filled while the oldest becomes empty.
        Assert.InRange(chunks.Count, 4, 7);
    }

    [Fact]
    public void Remove_TheOnlyFrame_FreesItsPlace()
    {
        _chunks.Remove(_chunks.Add(new byte[100], out _));

        _ = _chunks.Add(new byte[100], out var start);

        Assert.Equal(0, start);
    }
}
