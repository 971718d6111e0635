namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// A server used a Redis that gave higher ids than the one that it uses now. Messages that it did not receive there
/// cannot be delivered any more.
/// </summary>
public sealed class FrameIntakePassedTests
{
    private static readonly PublisherId Other = new(7, 7);

    private readonly IntakeHarness _harness = IntakeHarness.Live(at: 10);

    public FrameIntakePassedTests()
    {
        _harness.Read(Frames.Create(10, 900, batch: 1));
        Assert.True(_harness.ReadToTheEnd(900));
    }

    [Fact]
    public void History_FramesBehindTheStreamThatWereNotSeen_AreReportedTogetherOnce()
    {
        Frame[] page = [Passed(500, 1), Passed(502, 2), Passed(600, 3)];

        TakeHistory(page);
        TakeHistory(page);

        Assert.Equal([(499ul, 503ul), (599ul, 601ul)], _harness.Lost);
        Assert.Equal(2, _harness.Logger.Of(3002).Count());
        Assert.Equal([900ul], _harness.Delivered);
    }

    [Fact]
    public void Live_FrameThatBeginsBehindTheStreamAndEndsAfterIt_IsReportedAsLostAndTheStreamContinues()
    {
        Assert.True(_harness.TakeLive(890, 891, count: 20, publisher: Other, batch: 1));
        Assert.True(_harness.ReadToTheEnd(910));

        Assert.Equal([(890ul, 910ul)], _harness.Lost);
        Assert.False(_harness.TakeLive(910, 911, publisher: Other, batch: 2));
        Assert.False(_harness.TakeLive(911, 912, publisher: Other, batch: 1));
        Assert.Equal([900ul, 911ul, 912ul], _harness.Delivered);
    }

    [Fact]
    public void Live_FrameThatBeginsBehindTheStreamAndWasSeen_IsADuplicate()
    {
        Assert.True(_harness.TakeLive(890, 891, count: 20, batch: 1));
        Assert.True(_harness.ReadToTheEnd(910));

        Assert.Empty(_harness.Lost);
        Assert.Equal((1L, 910ul), (_harness.Counters.Duplicates.Value, _harness.Intake.LastId));
    }

    [Fact]
    public void History_FramesBehindTheStreamThatWereSeen_AreDuplicates()
    {
        TakeHistory(Frames.Create(10, 500, batch: 1));

        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void History_FramesOfAnEarlierEpoch_AreDuplicates()
    {
        TakeHistory(Passed(300, 1));
        _harness.Intake.TakeHistory([Passed(500, 2)]);

        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void History_BeginsAfterTheIdAtWhichTheEpochsPart_WhatIsMissingIsReportedOnce()
    {
        Frame[] page = [Frames.Create(700, 1000, publisher: Other, batch: 9)];

        _harness.Intake.BeginPage(page, partedAt: 400);
        TakeHistory(page);
        _harness.Intake.BeginPage(page, partedAt: 400);
        TakeHistory(page);

        Assert.Equal([(400ul, 700ul)], _harness.Lost);
        Assert.Equal([900ul, 1000ul], _harness.Delivered);
    }

    [Theory]
    [InlineData(700)]
    [InlineData(null)]
    public void History_ReachesBackToWhereTheEpochsPart_NothingIsReported(int? partedAt)
    {
        Frame[] page = [Frames.Create(700, 1000, publisher: Other, batch: 9)];

        _harness.Intake.BeginPage(page, (ulong?)partedAt);
        TakeHistory(page);

        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void History_BeginsAfterTheLastId_OnlyIdsUpToItAreReportedAsPassed()
    {
        _harness.Intake.BeginPage([Frames.Create(950, 1000, publisher: Other, batch: 9)], partedAt: 880);
        TakeHistory(Frames.Create(950, 1000, publisher: Other, batch: 9));

        Assert.Equal([(900ul, 950ul), (880ul, 900ul)], _harness.Lost);
    }

    [Fact]
    public void History_FrameThatWasReportedComesAgain_IsDelivered()
    {
        TakeHistory(Passed(500, 1));

        _harness.Read(Frames.Create(900, 1000, count: 2, publisher: Other, batch: 1));

        Assert.Equal([900ul, 1000ul, 1001ul], _harness.Delivered);
    }

    [Fact]
    public void History_FirstFramesOfAPublisherWereReportedAndALaterOneArrived_AreDeliveredWhenTheyComeAgain()
    {
        TakeHistory(Passed(500, 1), Passed(502, 2));
        _harness.Read(Frames.Create(900, 1000, publisher: Other, batch: 3));

        _harness.Read(Frames.Create(1000, 1001, publisher: Other, batch: 1), Frames.Create(1001, 1002, publisher: Other, batch: 2));

        Assert.Equal([900ul, 1000ul, 1001ul, 1002ul], _harness.Delivered);
    }

    [Fact]
    public void History_BeganAfterTheFirstFramesOfAPublisher_TheyAreDeliveredWhenTheyComeAgain()
    {
        Frame[] page = [Frames.Create(700, 1000, publisher: Other, batch: 3)];
        _harness.Intake.BeginPage(page, partedAt: 400);
        TakeHistory(page);

        _harness.Read(Frames.Create(1000, 1001, publisher: Other, batch: 1));

        Assert.Equal([900ul, 1000ul, 1001ul], _harness.Delivered);
    }

    [Fact]
    public void Live_FrameBehindTheStream_AsksForTheHistoryIfItWasNotSeen()
    {
        Assert.True(_harness.Intake.TakeLive(Passed(500, 1)));
        Assert.False(_harness.TakeLive(10, 900, batch: 1));
    }

    private static Frame Passed(ulong first, ulong batch) => Frames.Create(first - 1, first, count: 2, publisher: Other, batch: batch);

    private void TakeHistory(params Frame[] page)
    {
        _harness.Intake.BeginRead();
        _harness.Intake.TakeHistory(page, 0, epochAfter: 400);
    }
}
