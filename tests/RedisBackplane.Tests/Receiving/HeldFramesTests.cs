namespace RedisBackplane.Tests.Receiving;

public sealed class HeldFramesTests
{
    [Fact]
    public void TryPeek_Frames_ComeOutInTheirOrderWithTheirReads()
    {
        var held = Held(1_000_000);
        for (var id = 1ul; id <= 5; id++)
        {
            held.Add(Frames.Create(id - 1, id), (long)id * 10);
        }

        for (var id = 1ul; id <= 5; id++)
        {
            Assert.True(held.TryPeek(out var frame, out var read));
            Assert.Equal((id, (long)id * 10), (frame.Header.FirstId, read));
            held.Remove();
        }

        Assert.False(held.TryPeek(out _, out _));
        Assert.False(held.Overflowed);
    }

    [Fact]
    public void Add_MoreThanFits_DropsAllThatIsHeldAndKeepsTheNewest()
    {
        var held = Held(10_000);
        for (var id = 1ul; id <= 9; id++)
        {
            held.Add(Frames.Create(id - 1, id, padding: 2_000), 0);
        }

        Assert.True(held.Overflowed);
        Assert.True(held.TryPeek(out var frame, out _));
        Assert.InRange(frame.Header.FirstId, 2ul, 9ul);
        Assert.InRange(held.Count, 1, 4);
    }

    [Fact]
    public void Add_MoreThanFitsWithoutAHistory_DropsOnlyWhatDoesNotFit()
    {
        var held = new HeldFrames(1, 10_000);
        var dropped = 0;
        for (var id = 1ul; id <= 9; id++)
        {
            dropped += held.Add(Frames.Create(id - 1, id, padding: 2_000), 0);
        }

        Assert.True(held.TryPeek(out var frame, out _));
        Assert.Equal((1ul, 9), (frame.Header.FirstId, dropped + held.Count));
        Assert.InRange(held.Count, 3, 4);

        // If it turns out that there is one, it must be read once more.
        Assert.True(held.Overflowed);
    }

    [Fact]
    public void Add_OneThatIsLargerThanAll_IsKept()
    {
        var held = Held(1_000);

        held.Add(Frames.Create(0, 1, padding: 5_000), 0);

        Assert.Equal(1, held.Count);
        Assert.False(held.Overflowed);
    }

    [Fact]
    public void Add_TinyFrames_AreBoundedByTheMemoryTheyTake()
    {
        // A frame takes more memory than its messages: its header, trailing data, and the object around it.
        var held = Held(100_000);
        var most = 0;
        var dropped = 0;

        for (var id = 1ul; id <= 5_000; id++)
        {
            dropped += held.Add(Frames.Create(id - 1, id), 0);
            most = Math.Max(most, held.Count);
        }

        Assert.InRange(most, 100, 100_000 / 60);
        Assert.True(held.Overflowed);
        Assert.Equal(5_000, dropped + held.Count);
    }

    [Fact]
    public void Add_TrailingData_Counts()
    {
        var held = Held(100_000);
        for (var id = 1ul; id <= 10; id++)
        {
            byte[] bytes = [.. Frames.Bytes(id - 1, id), .. new byte[30_000]];
            held.Add(Frames.Read(bytes), 0);
        }

        Assert.InRange(held.Count, 1, 3);
    }

    [Fact]
    public void Remove_MakesRoom()
    {
        var held = Held(20_000);
        for (var id = 1ul; id <= 100; id++)
        {
            held.Add(Frames.Create(id - 1, id, padding: 5_000), 0);
            held.Remove();
        }

        Assert.False(held.Overflowed);
        Assert.Equal(0, held.Count);
    }

    [Fact]
    public void Clear_AfterAnOverflow_BeginsAnew()
    {
        var held = Held(1_000);
        held.Add(Frames.Create(0, 1, padding: 800), 0);
        held.Add(Frames.Create(1, 2, padding: 800), 0);
        Assert.True(held.Overflowed);

        held.Clear();

        Assert.Equal((0, false), (held.Count, held.Overflowed));
        held.Add(Frames.Create(2, 3, padding: 800), 0);
        Assert.False(held.Overflowed);
    }

    private static HeldFrames Held(long maxBytes) => new(maxBytes, 1) { HasHistory = true };
}
