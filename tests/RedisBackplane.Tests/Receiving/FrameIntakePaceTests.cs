namespace RedisBackplane.Tests.Receiving;

/// <summary>An intake whose subscriptions are behind leaves new frames in the history.</summary>
public sealed class FrameIntakePaceTests
{
    [Fact]
    public void TakeLive_SinkIsCrowded_AsksForTheHistoryOnceAndHoldsWhatComes()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.IsCrowded = delivered => delivered.Contains(12UL);

        Assert.False(harness.TakeLive(10, 11));
        Assert.True(harness.TakeLive(11, 12));
        Assert.False(harness.TakeLive(12, 13));

        Assert.Equal([11UL, 12], harness.Delivered);
    }

    [Fact]
    public void TryGoLive_WhenThereIsRoomAgain_GoesOnWithWhatWasHeldAndCountsNoGap()
    {
        var harness = Crowded();

        harness.IsCrowded = _ => false;
        harness.Read(Frames.Create(11, 12));
        Assert.True(harness.ReadToTheEnd(13));

        Assert.Equal([11UL, 12, 13], harness.Delivered);
        Assert.Equal((0, 1), (harness.Counters.GapsFilled.Value, harness.Counters.Pauses.Value));
        Assert.Single(harness.Logger.Of(3013));
        Assert.False(harness.TakeLive(13, 14));
    }

    [Fact]
    public void TryGoLive_SinkIsCrowdedAgain_AsksForTheHistoryOnceMore()
    {
        var harness = Crowded();
        harness.IsCrowded = delivered => delivered.Count == 2;

        Assert.False(harness.ReadToTheEnd(13));

        Assert.Equal([11UL, 12], harness.Delivered);
        harness.IsCrowded = _ => false;
        Assert.True(harness.ReadToTheEnd(13));
        Assert.Equal([11UL, 12, 13], harness.Delivered);
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void TakeHistory_SinkBecomesCrowded_StopsThereAndGoesOnLater()
    {
        var harness = Crowded();
        var page = new[] { Frames.Create(11, 12), Frames.Create(12, 13), Frames.Create(13, 14) };
        harness.IsCrowded = delivered => delivered.Count == 3;
        harness.Intake.BeginRead();

        var taken = harness.Intake.TakeHistory(page);
        Assert.Equal(2, taken);
        Assert.Equal(2, harness.Intake.TakeHistory(page, taken));
        harness.IsCrowded = _ => false;
        Assert.Equal(3, harness.Intake.TakeHistory(page, taken));

        Assert.Equal([11UL, 12, 13, 14], harness.Delivered);
    }

    [Fact]
    public void TakeLive_NoHistory_GoesOnAllTheSame()
    {
        var harness = new IntakeHarness { IsCrowded = _ => true };
        Assert.True(harness.ReadToTheEnd(10, hasHistory: false));

        Assert.False(harness.TakeLive(10, 11));
        Assert.False(harness.TakeLive(11, 12));

        Assert.Equal([11UL, 12], harness.Delivered);
    }

    // Live up to 11, with 12 and 13 held.
    private static IntakeHarness Crowded()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.IsCrowded = _ => true;
        Assert.True(harness.TakeLive(10, 11));
        harness.TakeLive(11, 12);
        harness.TakeLive(12, 13);
        return harness;
    }
}
