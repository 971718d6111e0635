namespace RedisBackplane.Tests.Receiving;

/// <summary>Frames that are known not to be of the farm have taken ids of its stream.</summary>
public sealed class FrameIntakeRefusalTests
{
    [Fact]
    public void Gap_OfRefusedIds_IsNoLoss()
    {
        var harness = IntakeHarness.Live(at: 10);
        Assert.True(harness.TakeLive(13, 14));

        harness.Intake.BeginRead();
        Assert.True(harness.Intake.Refuse(Frames.Header(10, 11, count: 3)));
        harness.Intake.TakeHistory([Frames.Create(13, 14)]);
        Assert.True(harness.ReadToTheEnd(counter: 14));
        Assert.False(harness.TakeLive(14, 15));

        Assert.Equal([14ul, 15ul], harness.Delivered);
        Assert.Empty(harness.Lost);
        Assert.Equal(0, harness.Counters.Lost.Value);
    }

    [Fact]
    public void Gap_OfRefusedIdsAndOthers_LosesTheOthersOnly()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.TakeLive(20, 21);

        harness.Intake.BeginRead();
        harness.Intake.Refuse(Frames.Header(12, 13, count: 2));
        harness.Intake.Refuse(Frames.Header(16, 17, count: 4));
        harness.Intake.TakeHistory([Frames.Create(20, 21)]);

        Assert.Equal([(10ul, 12ul), (14ul, 16ul)], harness.Lost);
        Assert.Equal((2L, 4L), (harness.Counters.GapsUnfilled.Value, harness.Counters.Lost.Value));
    }

    [Fact]
    public void Counter_AheadByRefusedIds_IsAccountedForAtOnce()
    {
        var harness = IntakeHarness.Live(at: 10);

        harness.Intake.BeginRead();
        harness.Intake.Refuse(Frames.Header(10, 11, count: 3));
        Assert.True(harness.ReadToTheEnd(counter: 13, afterSilence: true));

        // The last id does not change: the ids of a refused frame are not trusted either.
        Assert.Equal((10ul, 13ul), (harness.Intake.LastId, harness.Intake.AccountedUpTo));
        Assert.True(harness.ReadToTheEnd(counter: 13, afterSilence: true));
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Refused_AboveTheCounter_TakesNothingForOldAndHidesNoLoss()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.Intake.BeginRead();
        harness.Intake.Refuse(Frames.Header(10, 11, count: 1000));
        Assert.True(harness.ReadToTheEnd(counter: 12));

        Assert.Equal(12ul, harness.Intake.AccountedUpTo);
        Assert.False(harness.TakeLive(10, 11));
        Assert.False(harness.TakeLive(11, 12));
        Assert.Equal([11ul, 12ul], harness.Delivered);
    }

    [Fact]
    public void Refused_BelowTheLastId_IsNoNews()
    {
        var harness = IntakeHarness.Live(at: 10);

        Assert.False(harness.Intake.Refuse(Frames.Header(8, 9, count: 2)));
        Assert.True(harness.Intake.Refuse(Frames.Header(9, 10, count: 2)));
        Assert.False(harness.Intake.Refuse(Frames.Header(9, 10, count: 2)));
    }

    [Fact]
    public void Replay_UnderTheNextIds_IsDroppedAndNothingAfterItIsTakenForOld()
    {
        var harness = Authenticated();

        Assert.True(harness.TakeLive(12, 13, batch: 2));
        Assert.False(harness.TakeLive(12, 13, batch: 4));
        harness.Read(Frames.Create(12, 13, batch: 4));
        Assert.True(harness.ReadToTheEnd(counter: 13));
        Assert.False(harness.TakeLive(13, 14, batch: 5));

        Assert.Equal([11ul, 12ul, 13ul, 14ul], harness.Delivered);
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Replay_WhileNothingIsSent_IsForeign()
    {
        var harness = Authenticated();

        Assert.True(harness.TakeLive(12, 13, batch: 2));
        Assert.True(harness.ReadToTheEnd(counter: 12));
        Assert.False(harness.TakeLive(12, 13, batch: 4));

        Assert.Equal([11ul, 12ul, 13ul], harness.Delivered);
        Assert.Equal((1L, 0L), (harness.Counters.Foreign.Value, harness.Counters.Replayed.Value));
    }

    [Fact]
    public void Replay_OfAPublisherThatIsNotKnown_IsForeign()
    {
        var harness = Authenticated();

        Assert.True(harness.TakeLive(12, 13, publisher: new PublisherId(7, 7), batch: 900));
        Assert.True(harness.ReadToTheEnd(counter: 12));

        Assert.Equal([11ul, 12ul], harness.Delivered);
        Assert.Equal(1, harness.Counters.Foreign.Value);
    }

    [Fact]
    public void Replay_WhileTheHistoryWasRead_IsLookedAtOnceMore()
    {
        var harness = Authenticated();
        harness.Intake.BeginRead();

        harness.TakeLive(12, 13, batch: 2);

        Assert.False(harness.Intake.TryGoLive(12, hasHistory: true));
        Assert.True(harness.ReadToTheEnd(counter: 12));
        Assert.Equal([11ul, 12ul], harness.Delivered);
    }

    [Fact]
    public void NewPublisher_BorneOutByTheHistory_IsDeliveredAndNotCalledMissed()
    {
        var harness = Authenticated();
        var newcomer = new PublisherId(7, 7);

        Assert.True(harness.TakeLive(12, 13, publisher: newcomer, batch: 1));
        harness.TakeLive(13, 14, batch: 4);
        harness.Read(Frames.Create(12, 13, publisher: newcomer, batch: 1), Frames.Create(13, 14, batch: 4));
        Assert.True(harness.ReadToTheEnd(counter: 14));
        Assert.False(harness.TakeLive(14, 15, publisher: newcomer, batch: 2));

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], harness.Delivered);
        Assert.Equal((0L, 0L), (harness.Counters.Replayed.Value, harness.Counters.GapsFilled.Value));
    }

    [Fact]
    public void NewPublisher_WithoutAHistory_IsDeliveredWhereTheCounterBearsItOut()
    {
        var harness = Authenticated();

        Assert.True(harness.TakeLive(12, 13, publisher: new PublisherId(7, 7), batch: 1));
        Assert.True(harness.ReadToTheEnd(counter: 13, hasHistory: false));

        Assert.Equal([11ul, 12ul, 13ul], harness.Delivered);
    }

    [Fact]
    public void Batch_StoredAnewAfterAMemoryLoss_IsDroppedAndMovesOn()
    {
        var harness = Authenticated();

        Assert.True(harness.TakeLive(12, 13, batch: 3));
        harness.Read(Frames.Create(12, 13, batch: 3));
        Assert.True(harness.ReadToTheEnd(counter: 13));

        Assert.Equal([11ul, 12ul], harness.Delivered);
        Assert.Equal((13ul, 0), (harness.Intake.LastId, harness.Lost.Count));
    }

    // At id 12, with batch 3 of the publisher.
    private static IntakeHarness Authenticated()
    {
        var harness = new IntakeHarness(isAuthenticated: true);
        harness.ReadToTheEnd(counter: 10);
        harness.TakeLive(10, 11, batch: 2);
        harness.TakeLive(11, 12, batch: 3);
        Assert.True(harness.ReadToTheEnd(counter: 12));
        Assert.Equal([11ul, 12ul], harness.Delivered);
        return harness;
    }
}
