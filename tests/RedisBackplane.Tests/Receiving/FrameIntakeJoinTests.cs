namespace RedisBackplane.Tests.Receiving;

/// <summary>A stream that reads the history continues with held live frames, although the history has more.</summary>
public sealed class FrameIntakeJoinTests
{
    private readonly IntakeHarness _harness = IntakeHarness.Live(at: 10);

    [Fact]
    public void Join_HeldFramesFollowThePage_AreDeliveredAndTheStreamIsLive()
    {
        _harness.Intake.BeginCatchUp();
        _harness.Intake.BeginRead();
        _harness.TakeLiveFrom(13, 15);
        _harness.Intake.TakeHistory([Frames.Create(10, 11), Frames.Create(11, 12), Frames.Create(12, 13)]);

        Assert.True(_harness.Intake.TryJoin());

        Assert.False(_harness.TakeLive(15, 16));
        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul, 16ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
    }

    [Fact]
    public void Join_ThePageEndsBeforeTheHeldFrames_ReadsOn()
    {
        _harness.Intake.BeginCatchUp();
        _harness.Intake.BeginRead();
        _harness.TakeLiveFrom(14, 15);
        _harness.Intake.TakeHistory([Frames.Create(10, 11), Frames.Create(11, 12)]);

        Assert.False(_harness.Intake.TryJoin());

        Assert.Equal([11ul, 12ul], _harness.Delivered);
        _harness.Read(Frames.Create(12, 13));
        Assert.True(_harness.Intake.TryJoin());
        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], _harness.Delivered);
    }

    [Fact]
    public void Join_ThePageIsAheadOfTheChannel_WhatTheChannelBringsNextFollows()
    {
        _harness.Intake.BeginCatchUp();
        _harness.Intake.BeginRead();
        _harness.TakeLiveFrom(11, 12);
        _harness.Intake.TakeHistory([Frames.Create(10, 11), Frames.Create(11, 12), Frames.Create(12, 13)]);

        Assert.True(_harness.Intake.TryJoin());

        _harness.TakeLiveFrom(13, 14);
        Assert.Equal([11ul, 12ul, 13ul, 14ul], _harness.Delivered);
    }

    [Fact]
    public void Join_HeldFramesCameBeforeTheChannelWasSubscribedAgain_ProveNothing()
    {
        _harness.Intake.BeginRead();
        _harness.TakeLive(10, 11);
        _harness.Intake.BeginCatchUp();
        _harness.Read(Frames.Create(10, 11), Frames.Create(11, 12));

        Assert.False(_harness.Intake.TryJoin());
    }

    [Fact]
    public void Join_NothingIsHeld_ReadsOn()
    {
        _harness.Intake.BeginCatchUp();
        _harness.Read(Frames.Create(10, 11));

        Assert.False(_harness.Intake.TryJoin());
    }

    [Fact]
    public void Join_AtTheStart_BeginsBehindWhatWasHeld()
    {
        var harness = new IntakeHarness();
        harness.Intake.BeginCatchUp();
        harness.Intake.BeginRead();
        harness.TakeLiveFrom(102, 103);
        harness.Intake.TakeHistory([Frames.Create(99, 100), Frames.Create(100, 101)]);
        Assert.Empty(harness.Starts);

        Assert.True(harness.Intake.TryJoin());

        Assert.Equal([103ul], harness.Starts);
        Assert.Equal([100ul, 101ul, 102ul, 103ul], harness.Delivered);
    }

    [Fact]
    public void Join_IdsJumpAmongTheHeldFrames_IsLeftToTheHistory()
    {
        _harness.Intake.BeginCatchUp();
        _harness.Intake.BeginRead();
        _harness.TakeLive(11, 5000);
        _harness.Intake.TakeHistory([Frames.Create(10, 11)]);

        Assert.False(_harness.Intake.TryJoin());

        _harness.Read(Frames.Create(11, 5000));
        Assert.True(_harness.Intake.TryJoin());
        Assert.Equal([11ul, 5000ul], _harness.Delivered);
        Assert.Equal(1, _harness.Jumps);
    }

    [Fact]
    public void Join_SubscriptionsAreBehind_WaitsForRoom()
    {
        _harness.Intake.BeginCatchUp();
        _harness.Intake.BeginRead();
        _harness.TakeLiveFrom(12, 14);
        _harness.Intake.TakeHistory([Frames.Create(10, 11)]);
        _harness.IsCrowded = delivered => delivered.Count >= 2;

        Assert.False(_harness.Intake.TryJoin());
        Assert.Equal([11ul, 12ul], _harness.Delivered);

        _harness.IsCrowded = _ => false;
        Assert.True(_harness.Intake.TryJoin());
        Assert.Equal([11ul, 12ul, 13ul, 14ul], _harness.Delivered);
    }

    [Fact]
    public void Join_FrameThatMayBeAReplay_IsLeftToTheHistory()
    {
        var harness = new IntakeHarness(isAuthenticated: true);
        harness.Intake.BeginRead();
        Assert.True(harness.Intake.TryGoLive(10, hasHistory: true));
        harness.Intake.BeginCatchUp();
        harness.Intake.BeginRead();
        harness.TakeLive(11, 12, publisher: PublisherId.New());
        harness.Intake.TakeHistory([Frames.Create(10, 11)]);

        Assert.False(harness.Intake.TryJoin());
        Assert.Equal([11ul], harness.Delivered);
    }
}
