using RedisBackplane.Legacy;
using RedisBackplane.Tests.Legacy;

namespace RedisBackplane.Tests.Receiving;

/// <summary>
/// Frames of the older package. They name no publisher, are in no history, and do not contain the id before them.
/// </summary>
public sealed class AnonymousFramesTests
{
    [Fact]
    public void Live_FramesInOrder_AreDelivered()
    {
        var harness = IntakeHarness.Live(at: 10);

        Assert.False(TakeLive(harness, 11));
        Assert.False(TakeLive(harness, 12));

        // Both packages share one counter.
        Assert.False(harness.TakeLive(12, 13, count: 2));
        Assert.False(TakeLive(harness, 15));

        Assert.Equal([11ul, 12ul, 13ul, 14ul, 15ul], harness.Delivered);
        Assert.Equal(0, harness.Counters.Duplicates.Value);
    }

    [Fact]
    public void Gap_IsReportedAsLostAndDeliveryGoesOn()
    {
        var harness = IntakeHarness.Live(at: 10);

        Assert.True(TakeLive(harness, 14));
        Assert.True(harness.ReadToTheEnd(counter: 14, hasHistory: false));

        Assert.Equal([14ul], harness.Delivered);
        Assert.Equal([(10ul, 13ul)], harness.Lost);
    }

    [Fact]
    public void IdsFarAhead_TheCounterIsThere_AreAJumpAndNothingIsLost()
    {
        // publish_legacy.lua does this if the counter was lost. A server of the older package continued from there.
        var harness = IntakeHarness.Live(at: 10);

        Assert.True(TakeLive(harness, 1_760_000_000_001));
        Assert.True(harness.ReadToTheEnd(counter: 1_760_000_000_001, hasHistory: false));

        Assert.Equal([1_760_000_000_001ul], harness.Delivered);
        Assert.Empty(harness.Lost);
        Assert.Equal((1, 1L), (harness.Jumps, harness.Counters.Jumps.Value));
    }

    [Fact]
    public void IdsFarAhead_TheCounterIsNotThere_AreForeign()
    {
        var harness = IntakeHarness.Live(at: 10);

        TakeLive(harness, 1_760_000_000_001);
        harness.ReadToTheEnd(counter: 10, hasHistory: false);

        Assert.Empty(harness.Delivered);
        Assert.Equal(1, harness.Counters.Foreign.Value);
    }

    [Fact]
    public void Ids_GoBack_AsksForTheCounterToBeSetRightAndTells()
    {
        var harness = IntakeHarness.Live(at: 10);
        TakeLive(harness, 11);
        TakeLive(harness, 12);

        Assert.True(TakeLive(harness, 1));
        Assert.True(TakeLive(harness, 2));

        Assert.Equal([11ul, 12ul], harness.Delivered);
        Assert.Equal(6, harness.Counters.Lost.Value);
        Assert.Single(harness.Logger.Of(3040));
    }

    [Fact]
    public void FramesFromBeforeTheStart_AreNoGoingBack()
    {
        // The counter was read before the channel delivered them.
        var harness = IntakeHarness.Live(at: 10);

        Assert.False(TakeLive(harness, 9));
        Assert.False(TakeLive(harness, 10));
        Assert.False(TakeLive(harness, 11));

        Assert.Equal([11ul], harness.Delivered);
        Assert.Equal((0L, 2L), (harness.Counters.Lost.Value, harness.Counters.Duplicates.Value));
    }

    private static bool TakeLive(IntakeHarness harness, ulong id)
    {
        Assert.True(LegacyFrame.TryRead(GoldenPayload(id), out var frame, out var reason), reason);
        return harness.Intake.TakeLive(frame);
    }

    private static byte[] GoldenPayload(ulong id) =>
        GoldenLegacyPayloads.Get("many messages of several keys")
            .WithId(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
