#if NET
using RedisBackplane.Tests.Delivery;

namespace RedisBackplane.Tests.Receiving;

/// <summary>Reads the heap of the whole process, so nothing else may run at the same time.</summary>
[Collection(nameof(MemoryTests))]
public sealed class HeldFramesMemoryTests
{
    [Fact]
    public void Clear_AfterFramesHavePiledUp_LetsGoOfTheirRoom()
    {
        var frame = Frames.Create(0, 1);
        var held = new HeldFrames(long.MaxValue, long.MaxValue);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 100_000; i++)
        {
            held.Add(frame, 0);
        }

        held.Clear();

        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(left < 1_000_000, $"{left} bytes are left");
        Assert.Equal(0, held.Count);
    }
}
#endif
