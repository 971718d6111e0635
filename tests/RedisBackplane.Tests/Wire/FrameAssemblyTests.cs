namespace RedisBackplane.Tests.Wire;

public sealed class FrameAssemblyTests
{
    private readonly FrameAssembly _assembly = new();

    [Fact]
    public void TryComplete_WholeFrame_GivesIt()
    {
        Assert.True(_assembly.TryComplete(Frames.Bytes(41, 42), out var frame, out var reason));

        Assert.Null(reason);
        Assert.Equal(Frames.Header(41, 42), frame.Header);
    }

    [Fact]
    public void TryComplete_Head_GivesNeitherFrameNorReason()
    {
        Assert.False(_assembly.TryComplete(Frames.Apart(41, 42).Head, out _, out var reason));

        Assert.Null(reason);
    }

    [Fact]
    public void TryComplete_HeadThenItsFrame_GivesTheWholeFrame()
    {
        var (head, body) = Frames.Apart(41, 42, count: 3);
        _assembly.TryComplete(head, out _, out _);

        Assert.True(_assembly.TryComplete(body, out var frame, out var reason));

        Assert.Null(reason);
        Assert.Equal(Frames.Header(41, 42, count: 3), frame.Header);
        Assert.Equal(Frames.Bytes(41, 42, count: 3), frame.Buffer);
    }

    [Fact]
    public void TryComplete_FrameWithoutItsHead_IsRefusedWithTheReason()
    {
        Assert.False(_assembly.TryComplete(Frames.Apart(41, 42).Body, out _, out var reason));

        Assert.Equal("with ids that cannot be", reason);
    }

    [Fact]
    public void TryComplete_HeadThenAWholeFrame_GivesThatFrameWithItsOwnIds()
    {
        _assembly.TryComplete(Frames.Apart(41, 42, batch: 7).Head, out _, out _);

        Assert.True(_assembly.TryComplete(Frames.Bytes(42, 43, batch: 8), out var frame, out _));

        Assert.Equal(43UL, frame.Header.FirstId);
    }

    /// <summary>Whoever may publish can send a head. No authentication tag covers what is in it.</summary>
    [Fact]
    public void TryComplete_HeadOfAFrameThatHasIds_ChangesNothingInIt()
    {
        _assembly.TryComplete(Frames.Apart(0, 101, batch: 7).Head, out _, out _);

        Assert.True(_assembly.TryComplete(Frames.Bytes(42, 43, batch: 7), out var frame, out _));

        Assert.Equal(Frames.Header(42, 43, batch: 7), frame.Header);
    }

    [Fact]
    public void TryComplete_HeadOfAnotherPublisher_DoesNotCompleteAFrame()
    {
        _assembly.TryComplete(Frames.Apart(41, 42, publisher: PublisherId.New()).Head, out _, out _);

        Assert.False(_assembly.TryComplete(Frames.Apart(41, 42).Body, out _, out _));
    }

    [Fact]
    public void TryComplete_HeadOfAnotherBatch_DoesNotCompleteAFrame()
    {
        _assembly.TryComplete(Frames.Apart(41, 42, batch: 7).Head, out _, out _);

        Assert.False(_assembly.TryComplete(Frames.Apart(41, 42, batch: 8).Body, out _, out _));
    }

    [Fact]
    public void TryComplete_AHeadWhoseFrameDidNotFollow_IsForgotten()
    {
        var (head, body) = Frames.Apart(41, 42);
        _assembly.TryComplete(head, out _, out _);
        _assembly.TryComplete([1, 2, 3], out _, out _);

        Assert.False(_assembly.TryComplete(body, out _, out _));
    }

    [Fact]
    public void TryComplete_TwoHeads_TheSecondCounts()
    {
        var (head, body) = Frames.Apart(43, 44);
        _assembly.TryComplete(Frames.Apart(41, 42).Head, out _, out _);
        _assembly.TryComplete(head, out _, out _);

        Assert.True(_assembly.TryComplete(body, out var frame, out _));

        Assert.Equal(44UL, frame.Header.FirstId);
    }

    [Fact]
    public void TryComplete_FortyFourOtherBytes_AreRefusedWithTheReason()
    {
        Assert.False(_assembly.TryComplete(new byte[FrameLayout.HeadSize], out _, out var reason));

        Assert.Equal("shorter than a header", reason);
    }
}
