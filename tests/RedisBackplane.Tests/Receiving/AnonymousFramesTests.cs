using RedisBackplane.Tests.Legacy;

namespace RedisBackplane.Tests.Receiving;

/// <summary>Frames of the older package name no publisher and no id before them, and are in no history.</summary>
public sealed class AnonymousFramesTests
{
    private readonly IntakeHarness _harness = IntakeHarness.Live(at: 10);

    [Fact]
    public void Live_FramesInOrder_AreDelivered()
    {
        Assert.False(TakeLive(_harness, 11));
        Assert.False(TakeLive(_harness, 12));

        // Both packages share one counter.
        Assert.False(_harness.TakeLive(12, 13, count: 2));
        Assert.False(TakeLive(_harness, 15));

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], _harness.Delivered);
        Assert.Equal(0, _harness.Counters.Duplicates.Value);
    }

    [Fact]
    public void Gap_IsReportedAsLostAndDeliveryGoesOn()
    {
        Assert.True(TakeLive(_harness, 14));
        Assert.True(_harness.ReadToTheEnd(counter: 14, hasHistory: false));

        Assert.Equal([14ul], _harness.Delivered);
        Assert.Equal([(10ul, 13ul)], _harness.Lost);
    }

    [Fact]
    public void IdsFarAhead_TheCounterIsThere_AreAJumpAndNothingIsLost()
    {
        // publish_legacy.lua does this if the counter was lost. A server of the older package continued from there.
        Assert.True(TakeLive(_harness, 1_760_000_000_001));
        Assert.True(_harness.ReadToTheEnd(counter: 1_760_000_000_001, hasHistory: false));

        Assert.Equal([1_760_000_000_001ul], _harness.Delivered);
        Assert.Empty(_harness.Lost);
        Assert.Equal((1, 1L), (_harness.Jumps, _harness.Counters.Jumps.Value));
    }

    [Fact]
    public void IdsFarAhead_TheCounterIsNotThere_AreForeign()
    {
        TakeLive(_harness, 1_760_000_000_001);
        _harness.ReadToTheEnd(counter: 10, hasHistory: false);

        Assert.Empty(_harness.Delivered);
        Assert.Equal(1, _harness.Counters.Foreign.Value);
    }

    [Fact]
    public void Ids_GoBack_AsksForTheCounterToBeSetRightAndTells()
    {
        TakeLive(_harness, 11);
        TakeLive(_harness, 12);

        Assert.True(TakeLive(_harness, 1));
        Assert.True(TakeLive(_harness, 2));

        Assert.Equal([11ul, 12ul], _harness.Delivered);
        Assert.Equal(6, _harness.Counters.Lost.Value);
        Assert.Equal(2, _harness.Lost.Count);
        Assert.Equal(0ul, _harness.Lost[0].After);
        Assert.Single(_harness.Logger.Of(3040));
    }

    [Fact]
    public void FramesFromBeforeTheStart_AreNoGoingBack()
    {
        // The counter was read before the channel delivered them.
        Assert.False(TakeLive(_harness, 9));
        Assert.False(TakeLive(_harness, 10));
        Assert.False(TakeLive(_harness, 11));

        Assert.Equal([11ul], _harness.Delivered);
        Assert.Equal((0L, 2L), (_harness.Counters.Lost.Value, _harness.Counters.Duplicates.Value));
    }

    private static bool TakeLive(IntakeHarness harness, ulong id)
    {
        Assert.True(LegacyFrame.Instance.TryRead(GoldenPayload(id), out var frame, out var reason), reason);
        return harness.Intake.TakeLive(frame);
    }

    private static byte[] GoldenPayload(ulong id) =>
        GoldenLegacyPayloads.All["many messages of several keys"]
            .WithId(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
