namespace RedisBackplane.Tests.Receiving;

public sealed class FrameIntakeStartTests
{
    private readonly IntakeHarness _harness = new();

    [Fact]
    public void Start_EmptyStream_BeginsAtZeroAndTheFirstJumpIsTaken()
    {
        Assert.True(_harness.ReadToTheEnd(counter: null));
        Assert.Equal([0ul], _harness.Starts);
        Assert.True(_harness.TakeLive(0, 1_700_000_000_000_000));
        Assert.True(_harness.ReadToTheEnd(counter: 1_700_000_000_000_000));

        Assert.Equal([1_700_000_000_000_000ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Start_History_IsDeliveredBeforeTheStart()
    {
        _harness.Read(Frames.Create(40, 41), Frames.Create(41, 42));
        Assert.Empty(_harness.Starts);
        Assert.True(_harness.ReadToTheEnd(counter: 42));

        Assert.Equal([41ul, 42ul], _harness.Delivered);
        Assert.Equal([42ul], _harness.Starts);
        Assert.Empty(_harness.Lost);
        Assert.Equal((0L, 0L), (_harness.Counters.GapsFilled.Value, _harness.Counters.Replayed.Value));
    }

    [Fact]
    public void Start_NoHistory_BeginsAtTheCounterAndRaisesTheFloor()
    {
        Assert.True(_harness.ReadToTheEnd(counter: 42, hasHistory: false));

        Assert.Equal([42ul], _harness.Starts);
        Assert.Equal((42ul, 42ul), (_harness.Intake.LastId, _harness.Floor.Value));
        Assert.False(_harness.TakeLive(42, 43));
        Assert.Empty(_harness.Lost);
    }

    /// <summary>The options ask for a history, and this server may not read it, or its format has none.</summary>
    [Fact]
    public void Start_NoHistoryToRead_KeepsWhatArrivesMeanwhile()
    {
        _harness.Intake.BeginRead();
        for (ulong id = 1; id <= 20; id++)
        {
            _harness.TakeLive(id - 1, id, padding: 1024 * 1024);
        }

        Assert.True(_harness.ReadToTheEnd(counter: 0, hasHistory: false));

        Assert.Equal(20, _harness.Delivered.Count);
        Assert.Equal(0, _harness.Counters.DroppedHeld.Value);
    }

    [Fact]
    public void Start_HistoryWithHoles_LosesNothing()
    {
        // What the history no longer has was sent before this server started.
        _harness.Read(Frames.Create(40, 41), Frames.Create(50, 51), Frames.Create(51, 1_000_000));
        _harness.ReadToTheEnd(counter: 1_000_005);

        Assert.Equal([41ul, 51ul, 1_000_000ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
        Assert.Equal([1_000_005ul], _harness.Starts);
    }

    [Fact]
    public void Start_FramesHeldMeanwhile_FollowTheHistory()
    {
        _harness.Intake.BeginRead();
        _harness.TakeLive(42, 43);

        _harness.Intake.TakeHistory([Frames.Create(40, 41), Frames.Create(41, 42)]);
        Assert.True(_harness.ReadToTheEnd(counter: 43));

        Assert.Equal([41ul, 42ul, 43ul], _harness.Delivered);
        Assert.Equal([43ul], _harness.Starts);
    }

    [Fact]
    public void Start_Again_IsToldOnce()
    {
        var harness = IntakeHarness.Live(at: 10);

        harness.ReadToTheEnd(counter: 10);
        harness.TakeLive(12, 13);
        harness.ReadToTheEnd(counter: 13);

        Assert.Equal([10ul], harness.Starts);
    }

    [Fact]
    public void BeforeTheFirstRead_LiveFrames_AreHeld()
    {
        Assert.False(_harness.TakeLive(41, 42));
        Assert.Empty(_harness.Delivered);
        _harness.Read(Frames.Create(41, 42));
        Assert.True(_harness.ReadToTheEnd(counter: 42));

        Assert.Equal([42ul], _harness.Delivered);
    }
}
