namespace RedisBackplane.Tests.Receiving;

public sealed class FrameIntakeStartTests
{
    [Fact]
    public void Start_EmptyStream_BeginsAtZeroAndTheFirstJumpIsTaken()
    {
        var harness = new IntakeHarness();

        Assert.True(harness.ReadToTheEnd(counter: null));
        Assert.Equal([0ul], harness.Starts);
        Assert.True(harness.TakeLive(0, 1_700_000_000_000_000));
        Assert.True(harness.ReadToTheEnd(counter: 1_700_000_000_000_000));

        Assert.Equal([1_700_000_000_000_000ul], harness.Delivered);
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Start_History_IsDeliveredBeforeTheStart()
    {
        var harness = new IntakeHarness();

        harness.Read(Frames.Create(40, 41), Frames.Create(41, 42));
        Assert.Empty(harness.Starts);
        Assert.True(harness.ReadToTheEnd(counter: 42));

        Assert.Equal([41ul, 42ul], harness.Delivered);
        Assert.Equal([42ul], harness.Starts);
        Assert.Empty(harness.Lost);
        Assert.Equal((0L, 0L), (harness.Counters.GapsFilled.Value, harness.Counters.Replayed.Value));
    }

    [Fact]
    public void Start_NoHistory_BeginsAtTheCounterAndRaisesTheFloor()
    {
        var harness = new IntakeHarness();

        Assert.True(harness.ReadToTheEnd(counter: 42, hasHistory: false));

        Assert.Equal([42ul], harness.Starts);
        Assert.Equal((42ul, 42ul), (harness.Intake.LastId, harness.Floor.Value));
        Assert.False(harness.TakeLive(42, 43));
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Start_HistoryWithHoles_LosesNothing()
    {
        // What the history no longer has was sent before this server started.
        var harness = new IntakeHarness();

        harness.Read(Frames.Create(40, 41), Frames.Create(50, 51), Frames.Create(51, 1_000_000));
        harness.ReadToTheEnd(counter: 1_000_005);

        Assert.Equal([41ul, 51ul, 1_000_000ul], harness.Delivered);
        Assert.Empty(harness.Lost);
        Assert.Equal([1_000_005ul], harness.Starts);
    }

    [Fact]
    public void Start_FramesHeldMeanwhile_FollowTheHistory()
    {
        var harness = new IntakeHarness();
        harness.Intake.BeginRead();
        harness.TakeLive(42, 43);

        harness.Intake.TakeHistory([Frames.Create(40, 41), Frames.Create(41, 42)]);
        Assert.True(harness.ReadToTheEnd(counter: 43));

        Assert.Equal([41ul, 42ul, 43ul], harness.Delivered);
        Assert.Equal([43ul], harness.Starts);
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
        var harness = new IntakeHarness();

        Assert.False(harness.TakeLive(41, 42));
        Assert.Empty(harness.Delivered);
        harness.Read(Frames.Create(41, 42));
        Assert.True(harness.ReadToTheEnd(counter: 42));

        Assert.Equal([42ul], harness.Delivered);
    }
}
