namespace RedisBackplane.Tests.Receiving;

public sealed class FrameIntakeTests
{
    private readonly IntakeHarness _harness = IntakeHarness.Live(at: 10);

    [Fact]
    public void Live_FramesInOrder_AreDeliveredAndRaiseTheFloor()
    {
        Assert.False(_harness.TakeLive(10, 11, count: 3));
        Assert.False(_harness.TakeLive(13, 14));

        Assert.Equal([11ul, 12ul, 13ul, 14ul], _harness.Delivered);
        Assert.Equal((14ul, 14ul, 2L), (_harness.Intake.LastId, _harness.Floor.Value, _harness.Counters.Frames.Value));
    }

    [Fact]
    public void Live_SameFrameTwice_IsDeliveredOnce()
    {
        _harness.TakeLive(10, 11);
        Assert.False(_harness.TakeLive(10, 11));

        Assert.Equal([11ul], _harness.Delivered);
        Assert.Equal(1, _harness.Counters.Duplicates.Value);
    }

    [Fact]
    public void Live_BatchStoredAgainUnderNewIds_IsDeliveredOnceAndTheIdsAreSeen()
    {
        // Redis lost its memory of a batch, and its publisher sent it again.
        _harness.TakeLive(10, 11, count: 2, batch: 7);

        _harness.TakeLive(12, 13, count: 2, batch: 7);
        _harness.TakeLive(14, 15, batch: 8);

        Assert.Equal([11ul, 12ul, 15ul], _harness.Delivered);
        Assert.Equal((15ul, 1L), (_harness.Intake.LastId, _harness.Counters.Duplicates.Value));
    }

    [Fact]
    public void History_MissesTheFirstBatchesOfAPublisher_TheyAreDeliveredWhenTheyComeAgain()
    {
        var publisher = new PublisherId(7, 7);
        _harness.Read(Frames.Create(12, 13, publisher: publisher, batch: 3));

        _harness.Read(Frames.Create(13, 14, publisher: publisher, batch: 1), Frames.Create(14, 15, publisher: publisher, batch: 2));

        Assert.Equal([(10ul, 12ul)], _harness.Lost);
        Assert.Equal([13ul, 14ul, 15ul], _harness.Delivered);
    }

    [Fact]
    public void Live_TheSinkThrows_TheNextFrameIsDelivered()
    {
        _harness.FailsOn = 11;

        _harness.TakeLiveFrom(11, 12);

        Assert.Equal([12ul], _harness.Delivered);
        Assert.Equal(1, _harness.Counters.Failed.Value);
        Assert.Single(_harness.Logger.Of(3007));
    }

    [Fact]
    public void Gap_TheHistoryHasIt_IsFilledBeforeTheFrameThatShowedIt()
    {
        Assert.True(_harness.TakeLive(13, 14));
        Assert.Empty(_harness.Delivered);
        Assert.Equal(10ul, _harness.Intake.BeginRead());
        _harness.Intake.TakeHistory([Frames.Create(10, 11), Frames.Create(11, 12, count: 2), Frames.Create(13, 14)]);
        _harness.TakeLive(14, 15);
        Assert.True(_harness.ReadToTheEnd(counter: 15));

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
        Assert.Equal((1L, 4L), (_harness.Counters.GapsFilled.Value, _harness.Counters.Replayed.Value));
        Assert.Single(_harness.Logger.Of(3003));
        Assert.False(_harness.TakeLive(15, 16));
    }

    [Fact]
    public void Gap_TheHistoryHasItInPages_IsFilledInOrder()
    {
        _harness.TakeLive(15, 16);

        _harness.Read(Frames.Create(10, 11), Frames.Create(11, 12));
        Assert.Equal(12ul, _harness.Intake.LastId);
        _harness.Read(Frames.Create(12, 13, count: 4));
        Assert.True(_harness.ReadToTheEnd(counter: 16));

        Assert.Equal(Enumerable.Range(11, 6).Select(id => (ulong)id), _harness.Delivered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gap_TheHistoryDoesNotHaveIt_IsReportedWithItsExactRangeAndDeliveryGoesOn(bool hasHistory)
    {
        _harness.TakeLive(13, 14, count: 2);
        Assert.True(_harness.ReadToTheEnd(counter: 15, hasHistory));

        Assert.Equal([14ul, 15ul], _harness.Delivered);
        Assert.Equal([(10ul, 13ul)], _harness.Lost);
        Assert.Equal((1L, 3L), (_harness.Counters.GapsUnfilled.Value, _harness.Counters.Lost.Value));
        Assert.Single(_harness.Logger.Of(3002));
        Assert.False(_harness.TakeLive(15, 16));
        Assert.Equal(3, _harness.Delivered.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gap_TheHistoryDoesNotHaveIt_TheIdsMayHaveRestartedInIt(bool hasHistory)
    {
        Assert.True(_harness.Received.IsUnbrokenSince(10));

        _harness.TakeLive(13, 14);
        Assert.True(_harness.ReadToTheEnd(counter: 14, hasHistory));

        Assert.False(_harness.Received.IsUnbrokenSince(13));
        Assert.True(_harness.Received.IsUnbrokenSince(14));
    }

    [Fact]
    public void Gap_TheHistoryBeginsInTheMiddleOfIt_ReportsWhatIsMissingAndDeliversTheRest()
    {
        _harness.TakeLive(15, 16);

        _harness.Read(Frames.Create(12, 13), Frames.Create(13, 14, count: 2), Frames.Create(15, 16));
        _harness.ReadToTheEnd(counter: 16);

        Assert.Equal([13ul, 14ul, 15ul, 16ul], _harness.Delivered);
        Assert.Equal([(10ul, 12ul)], _harness.Lost);
    }

    [Fact]
    public void Gap_HeldFramesHaveWhatTheHistoryLacks_TheyAreDelivered()
    {
        // The frames are held, so they are not lost, even if Redis has lost its history.
        _harness.Intake.BeginRead();
        _harness.TakeLiveFrom(11, 14);

        _harness.Intake.TakeHistory([Frames.Create(13, 14), Frames.Create(14, 15)]);
        Assert.True(_harness.ReadToTheEnd(counter: 15));

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Gap_HeldFramesHaveSomeOfWhatTheHistoryLacks_ReportsOnlyTheRest()
    {
        _harness.TakeLiveFrom(13, 14);

        _harness.Read(Frames.Create(15, 16));
        Assert.True(_harness.ReadToTheEnd(counter: 16));

        Assert.Equal([13ul, 14ul, 16ul], _harness.Delivered);
        Assert.Equal([(10ul, 12ul), (14ul, 15ul)], _harness.Lost);
    }

    [Fact]
    public void Gap_LostAndThenGoesOn_IsReportedOnce()
    {
        _harness.TakeLive(13, 14);
        _harness.ReadToTheEnd(counter: 14);

        _harness.TakeLiveFrom(15, 20);
        _harness.ReadToTheEnd(counter: 20);

        Assert.Equal([(10ul, 13ul)], _harness.Lost);
    }

    [Fact]
    public void Held_FramesWhileReading_ComeBehindTheHistoryInTheirOrder()
    {
        _harness.Intake.BeginRead();

        _harness.TakeLiveFrom(12, 15);
        Assert.Empty(_harness.Delivered);
        _harness.Intake.TakeHistory([Frames.Create(10, 11), Frames.Create(11, 12)]);
        Assert.True(_harness.ReadToTheEnd(counter: 15));

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], _harness.Delivered);
    }

    [Fact]
    public void Held_AGapThatCameDuringTheLastRead_IsReadForOnceMore()
    {
        // The read may have been answered before the frames that are missing were stored.
        _harness.Intake.BeginRead();
        _harness.TakeLive(11, 12);

        Assert.False(_harness.Intake.TryGoLive(counter: 10, hasHistory: true));
        Assert.Empty(_harness.Lost);
        _harness.Read(Frames.Create(10, 11), Frames.Create(11, 12));
        Assert.True(_harness.ReadToTheEnd(counter: 12));

        Assert.Equal([11ul, 12ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Held_MoreThanFits_IsReadFromTheHistoryInstead()
    {
        const int size = 1024 * 1024;
        var harness = IntakeHarness.Live(at: 0);
        harness.Intake.BeginRead();
        var frames = Enumerable.Range(1, 40).Select(id => Frames.Create((ulong)id - 1, (ulong)id, padding: size)).ToArray();
        foreach (var frame in frames)
        {
            harness.Intake.TakeLive(frame);
        }

        Assert.False(harness.Intake.TryGoLive(counter: 0, hasHistory: true));
        harness.Read(frames);
        while (!harness.ReadToTheEnd(counter: 40))
        {
            Assert.InRange(harness.Delivered.Count, 40, 40);
        }

        Assert.Equal(Enumerable.Range(1, 40).Select(id => (ulong)id), harness.Delivered);
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Held_MoreThanFitsWithoutHistory_ReportsWhatWasDropped()
    {
        const int size = 1024 * 1024;
        var harness = IntakeHarness.Live(at: 0);
        harness.Intake.BeginRead();
        for (var id = 1ul; id <= 20; id++)
        {
            harness.TakeLive(id - 1, id, padding: size);
        }

        while (!harness.ReadToTheEnd(counter: 20, hasHistory: false))
        {
            Assert.Empty(harness.Delivered);
        }

        var lost = Assert.Single(harness.Lost);
        Assert.Equal(0ul, lost.After);
        Assert.InRange(lost.UpTo, 1ul, 19ul);
        Assert.Equal(Enumerable.Range((int)lost.UpTo + 1, 20 - (int)lost.UpTo).Select(id => (ulong)id), harness.Delivered);
    }

    [Fact]
    public void Read_NothingNew_GoesLiveAtOnce()
    {
        Assert.True(_harness.ReadToTheEnd(counter: 10));

        Assert.Empty(_harness.Lost);
        Assert.Equal(0, _harness.Counters.GapsFilled.Value);
        Assert.False(_harness.TakeLive(10, 11));
        Assert.Equal([11ul], _harness.Delivered);
    }

    [Fact]
    public void Ledger_BatchHeldAndInTheHistoryUnderAnotherId_IsDeliveredOnce()
    {
        _harness.TakeLive(10, 11, batch: 1);
        _harness.Intake.BeginRead();
        _harness.TakeLive(12, 1000, batch: 2);

        _harness.Intake.TakeHistory([Frames.Create(11, 12, batch: 2), Frames.Create(12, 1000, batch: 2)]);
        Assert.True(_harness.ReadToTheEnd(counter: 1000));

        Assert.Equal([11ul, 12ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void LiveFrame_WhoseIdsJump_WasNotMissedThoughTheHistoryBroughtItFirst()
    {
        var harness = IntakeHarness.Live(at: 0);
        harness.TakeLive(previous: 0, first: 1000);

        harness.Read(Frames.Create(0, 1000));
        Assert.True(harness.ReadToTheEnd(counter: 1000));

        Assert.Equal([1000UL], harness.Delivered);
        Assert.Equal((0, 0, 1), (harness.Counters.GapsFilled.Value, harness.Counters.Replayed.Value, harness.Jumps));
    }

    /// <summary>
    /// Code of the application may run while a frame is appended: a listener of traces or metrics. It may ask for the
    /// status of the bus, and so may the probe.
    /// </summary>
    [Fact]
    public void LastId_WhileAFrameIsTaken_IsReadWithoutWaiting()
    {
        var harness = IntakeHarness.Live(at: 10);
        var isRead = false;
        harness.IsCrowded = _ =>
        {
            isRead = Task.Run(() => harness.Intake.LastId).Wait(TimeSpan.FromSeconds(30));
            return false;
        };

        harness.TakeLive(10, 11);

        Assert.True(isRead);
    }
}
