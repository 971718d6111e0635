namespace RedisBackplane.Tests.Receiving;

/// <summary>Anyone can write to a channel: a frame's ids are trusted only if Redis's counter confirms them.</summary>
public sealed class FrameIntakeTrustTests
{
    private readonly IntakeHarness _harness = IntakeHarness.Live(at: 10);

    [Fact]
    public void Jump_TheCounterBearsItOut_IsTaken()
    {
        Assert.True(_harness.TakeLive(10, 1000));
        Assert.Empty(_harness.Delivered);
        Assert.True(_harness.ReadToTheEnd(counter: 1000));

        Assert.Equal([1000ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
        Assert.Equal((1L, 1), (_harness.Counters.Jumps.Value, _harness.Jumps));
        Assert.Single(_harness.Logger.Of(3006));
    }

    [Fact]
    public void Jump_TheHistoryBringsIt_IsToldAsWell()
    {
        // The counter restarted. A server that sent something lately should ask whether Redis still has it.
        _harness.TakeLive(10, 1000);

        _harness.Read(Frames.Create(10, 1000));
        Assert.True(_harness.ReadToTheEnd(counter: 1000));

        Assert.Equal([1000ul], _harness.Delivered);
        Assert.Equal((1L, 1), (_harness.Counters.Jumps.Value, _harness.Jumps));
    }

    [Fact]
    public void Jump_BehindAGap_IsToldAsWell()
    {
        _harness.TakeLive(15, 1000);

        _harness.ReadToTheEnd(counter: 1000, hasHistory: false);

        Assert.Equal([(10ul, 15ul)], _harness.Lost);
        Assert.Equal((1L, 1), (_harness.Counters.Jumps.Value, _harness.Jumps));
    }

    [Fact]
    public void Foreign_ManyInABurst_AreAllCountedAndLoggedOnce()
    {
        for (var id = 1000ul; id < 1020; id++)
        {
            _harness.TakeLive(10, id);
            Assert.True(_harness.ReadToTheEnd(counter: 10));
        }

        Assert.Equal(20, _harness.Counters.Foreign.Value);
        Assert.Single(_harness.Logger.Of(3008));
    }

    [Theory]
    [InlineData(10ul, 1000ul)] // looks like a jump
    [InlineData(500ul, 1000ul)] // looks like a gap
    [InlineData(10ul, 9007199254740990ul)]
    [InlineData(10ul, ulong.MaxValue - 1)]
    public void Foreign_AboveTheCounter_IsDroppedAndNothingAfterItIsTakenForOld(ulong previous, ulong first)
    {
        Assert.True(_harness.TakeLive(previous, first));
        Assert.True(_harness.ReadToTheEnd(counter: 10));
        Assert.False(_harness.TakeLive(10, 11));

        Assert.Equal([11ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
        Assert.Equal((1L, 11ul), (_harness.Counters.Foreign.Value, _harness.Floor.Value));
        Assert.Single(_harness.Logger.Of(3008));
    }

    [Theory]
    [InlineData(10ul, 1000ul)]
    [InlineData(10ul, 1_600_000_000_000_000ul)]
    public void Jump_RedisHasLostItsCounter_IsTaken(ulong previous, ulong first)
    {
        // The counter was evicted after it had given the ids, and nobody will send them again.
        _harness.TakeLive(previous, first);
        _harness.TakeLive(first, first + 1);
        Assert.True(_harness.ReadToTheEnd(counter: null));

        Assert.Equal([first, first + 1], _harness.Delivered);
        Assert.Empty(_harness.Lost);
        Assert.Equal(0, _harness.Counters.Foreign.Value);
    }

    [Theory]
    [InlineData(10ul, 9_007_199_254_740_000ul)]
    [InlineData(9_007_199_254_730_000ul, 9_007_199_254_740_000ul)]
    [InlineData(10ul, ulong.MaxValue - 1)]
    public void Foreign_WhileRedisHasNoCounter_IsDropped(ulong previous, ulong first)
    {
        // Neither a clock nor a leap leads to such ids.
        _harness.TakeLive(previous, first);
        Assert.True(_harness.ReadToTheEnd(counter: null));

        Assert.Empty(_harness.Delivered);
        Assert.Equal((1L, 10ul), (_harness.Counters.Foreign.Value, _harness.Intake.LastId));
    }

    [Fact]
    public void Foreign_OnAStreamThatNobodyHasSentTo_IsDropped()
    {
        var harness = new IntakeHarness();
        harness.ReadToTheEnd(counter: null);

        harness.TakeLive(0, ulong.MaxValue - 1);
        Assert.True(harness.ReadToTheEnd(counter: null));

        Assert.Empty(harness.Delivered);
        Assert.Equal(0ul, harness.Floor.Value);
    }

    [Fact]
    public void Foreign_BetweenGenuineOnes_IsDroppedAndThoseAreDelivered()
    {
        _harness.TakeLive(10, 11);
        _harness.TakeLive(11, 5000);
        _harness.TakeLiveFrom(12, 14);

        Assert.True(_harness.ReadToTheEnd(counter: 14));
        _harness.TakeLive(14, 15);

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], _harness.Delivered);
        Assert.Equal(1, _harness.Counters.Foreign.Value);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Foreign_WhileStarting_IsDropped()
    {
        var harness = new IntakeHarness();
        harness.Intake.BeginRead();
        harness.TakeLive(3, 1_000_000);
        harness.TakeLive(42, 43);

        while (!harness.ReadToTheEnd(counter: 43, hasHistory: false))
        {
            Assert.Empty(harness.Starts);
        }

        Assert.Equal([43ul], harness.Starts);
        Assert.DoesNotContain(1_000_000ul, harness.Delivered);
        Assert.Equal(1, harness.Counters.Foreign.Value);
    }

    [Fact]
    public void Counter_AheadWhileFramesAreOnTheirWay_LosesNothing()
    {
        // Commands and channel use two connections: an answer can overtake the frames that it counts. Two reads in
        // quick succession, as after a reconnect.
        _harness.ReadToTheEnd(counter: 12, hasHistory: false);
        _harness.ReadToTheEnd(counter: 12, hasHistory: false);

        _harness.TakeLiveFrom(11, 12);

        Assert.Equal([11ul, 12ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Counter_AheadAndTheChannelIsSilent_IsReportedAsLost()
    {
        _harness.ReadToTheEnd(counter: 12, hasHistory: false);
        Assert.Empty(_harness.Lost);

        Assert.True(_harness.ReadToTheEnd(counter: 12, hasHistory: false, afterSilence: true));

        Assert.Equal([(10ul, 12ul)], _harness.Lost);
        Assert.Equal((10ul, 12ul), (_harness.Intake.LastId, _harness.Intake.AccountedUpTo));
        Assert.True(_harness.TakeLive(12, 13));
        Assert.True(_harness.ReadToTheEnd(counter: 13, hasHistory: false));
        Assert.Equal([13ul], _harness.Delivered);
        Assert.Single(_harness.Lost);
    }

    [Fact]
    public void Counter_AheadForTheFirstTimeAfterASilence_IsGivenAnotherChance()
    {
        _harness.ReadToTheEnd(counter: 12, hasHistory: false, afterSilence: true);
        Assert.Empty(_harness.Lost);
        _harness.TakeLiveFrom(11, 12);

        Assert.Equal([11ul, 12ul], _harness.Delivered);
    }

    [Fact]
    public void Counter_AheadAndTheFramesCame_IsNoLoss()
    {
        _harness.ReadToTheEnd(counter: 12);
        _harness.TakeLiveFrom(11, 12);

        _harness.ReadToTheEnd(counter: 12, afterSilence: true);

        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Counter_Behind_ChangesNothing()
    {
        // Redis rolled back; the floor keeps the next ids above.
        Assert.True(_harness.ReadToTheEnd(counter: 5));
        Assert.True(_harness.ReadToTheEnd(counter: null));

        Assert.Equal((10ul, 10ul), (_harness.Intake.LastId, _harness.Floor.Value));
        Assert.Empty(_harness.Lost);
    }
}
