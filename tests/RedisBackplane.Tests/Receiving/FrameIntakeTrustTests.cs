namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// Anyone can write to a channel. The ids of a frame are trusted only if the counter in Redis confirms them.
/// </summary>
public sealed class FrameIntakeTrustTests
{
    [Fact]
    public void Jump_TheCounterBearsItOut_IsTaken()
    {
        var harness = IntakeHarness.Live(at: 10);

        Assert.True(harness.TakeLive(10, 1000));
        Assert.Empty(harness.Delivered);
        Assert.True(harness.ReadToTheEnd(counter: 1000));

        Assert.Equal([1000ul], harness.Delivered);
        Assert.Empty(harness.Lost);
        Assert.Equal((1L, 1), (harness.Counters.Jumps.Value, harness.Jumps));
        Assert.Single(harness.Logger.Of(3006));
    }

    [Fact]
    public void Jump_TheHistoryBringsIt_IsToldAsWell()
    {
        // The counter restarted. A server that sent something lately should ask whether Redis still has it.
        var harness = IntakeHarness.Live(at: 10);
        harness.TakeLive(10, 1000);

        harness.Read(Frames.Create(10, 1000));
        Assert.True(harness.ReadToTheEnd(counter: 1000));

        Assert.Equal([1000ul], harness.Delivered);
        Assert.Equal((1L, 1), (harness.Counters.Jumps.Value, harness.Jumps));
    }

    [Fact]
    public void Jump_BehindAGap_IsToldAsWell()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.TakeLive(15, 1000);

        harness.ReadToTheEnd(counter: 1000, hasHistory: false);

        Assert.Equal([(10ul, 15ul)], harness.Lost);
        Assert.Equal((1L, 1), (harness.Counters.Jumps.Value, harness.Jumps));
    }

    [Fact]
    public void Foreign_ManyInABurst_AreAllCountedAndLoggedOnce()
    {
        var harness = IntakeHarness.Live(at: 10);

        for (var id = 1000ul; id < 1020; id++)
        {
            harness.TakeLive(10, id);
            Assert.True(harness.ReadToTheEnd(counter: 10));
        }

        Assert.Equal(20, harness.Counters.Foreign.Value);
        Assert.Single(harness.Logger.Of(3008));
    }

    [Theory]
    [InlineData(10ul, 1000ul)] // looks like a jump
    [InlineData(500ul, 1000ul)] // looks like a gap
    [InlineData(10ul, 9007199254740990ul)]
    [InlineData(10ul, ulong.MaxValue - 1)]
    public void Foreign_AboveTheCounter_IsDroppedAndNothingAfterItIsTakenForOld(ulong previous, ulong first)
    {
        var harness = IntakeHarness.Live(at: 10);

        Assert.True(harness.TakeLive(previous, first));
        Assert.True(harness.ReadToTheEnd(counter: 10));
        Assert.False(harness.TakeLive(10, 11));

        Assert.Equal([11ul], harness.Delivered);
        Assert.Empty(harness.Lost);
        Assert.Equal((1L, 11ul), (harness.Counters.Foreign.Value, harness.Floor.Value));
        Assert.Single(harness.Logger.Of(3008));
    }

    [Theory]
    [InlineData(10ul, 1000ul)]
    [InlineData(10ul, 1_600_000_000_000_000ul)]
    public void Jump_RedisHasLostItsCounter_IsTaken(ulong previous, ulong first)
    {
        // The counter was evicted after it had given the ids, and nobody will send them again.
        var harness = IntakeHarness.Live(at: 10);

        harness.TakeLive(previous, first);
        harness.TakeLive(first, first + 1);
        Assert.True(harness.ReadToTheEnd(counter: null));

        Assert.Equal([first, first + 1], harness.Delivered);
        Assert.Empty(harness.Lost);
        Assert.Equal(0, harness.Counters.Foreign.Value);
    }

    [Theory]
    [InlineData(10ul, 9_007_199_254_740_000ul)]
    [InlineData(9_007_199_254_730_000ul, 9_007_199_254_740_000ul)]
    [InlineData(10ul, ulong.MaxValue - 1)]
    public void Foreign_WhileRedisHasNoCounter_IsDropped(ulong previous, ulong first)
    {
        // Neither a clock nor a leap leads to such ids.
        var harness = IntakeHarness.Live(at: 10);

        harness.TakeLive(previous, first);
        Assert.True(harness.ReadToTheEnd(counter: null));

        Assert.Empty(harness.Delivered);
        Assert.Equal((1L, 10ul), (harness.Counters.Foreign.Value, harness.Intake.LastId));
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
        var harness = IntakeHarness.Live(at: 10);
        harness.TakeLive(10, 11);
        harness.TakeLive(11, 5000);
        harness.TakeLiveFrom(12, 14);

        Assert.True(harness.ReadToTheEnd(counter: 14));
        harness.TakeLive(14, 15);

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], harness.Delivered);
        Assert.Equal(1, harness.Counters.Foreign.Value);
        Assert.Empty(harness.Lost);
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
        var harness = IntakeHarness.Live(at: 10);
        harness.ReadToTheEnd(counter: 12, hasHistory: false);
        harness.ReadToTheEnd(counter: 12, hasHistory: false);

        harness.TakeLiveFrom(11, 12);

        Assert.Equal([11ul, 12ul], harness.Delivered);
        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Counter_AheadAndTheChannelIsSilent_IsReportedAsLost()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.ReadToTheEnd(counter: 12, hasHistory: false);
        Assert.Empty(harness.Lost);

        Assert.True(harness.ReadToTheEnd(counter: 12, hasHistory: false, afterSilence: true));

        Assert.Equal([(10ul, 12ul)], harness.Lost);
        Assert.Equal((10ul, 12ul), (harness.Intake.LastId, harness.Intake.AccountedUpTo));
        Assert.True(harness.TakeLive(12, 13));
        Assert.True(harness.ReadToTheEnd(counter: 13, hasHistory: false));
        Assert.Equal([13ul], harness.Delivered);
        Assert.Single(harness.Lost);
    }

    [Fact]
    public void Counter_AheadForTheFirstTimeAfterASilence_IsGivenAnotherChance()
    {
        var harness = IntakeHarness.Live(at: 10);

        harness.ReadToTheEnd(counter: 12, hasHistory: false, afterSilence: true);
        Assert.Empty(harness.Lost);
        harness.TakeLiveFrom(11, 12);

        Assert.Equal([11ul, 12ul], harness.Delivered);
    }

    [Fact]
    public void Counter_AheadAndTheFramesCame_IsNoLoss()
    {
        var harness = IntakeHarness.Live(at: 10);
        harness.ReadToTheEnd(counter: 12);
        harness.TakeLiveFrom(11, 12);

        harness.ReadToTheEnd(counter: 12, afterSilence: true);

        Assert.Empty(harness.Lost);
    }

    [Fact]
    public void Counter_Behind_ChangesNothing()
    {
        // Redis rolled back; the floor keeps the next ids above.
        var harness = IntakeHarness.Live(at: 10);

        Assert.True(harness.ReadToTheEnd(counter: 5));
        Assert.True(harness.ReadToTheEnd(counter: null));

        Assert.Equal((10ul, 10ul), (harness.Intake.LastId, harness.Floor.Value));
        Assert.Empty(harness.Lost);
    }
}
