using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.Tests.Receiving;

/// <summary>The counter in Redis claims ids that never arrived.</summary>
public sealed class MissingIdsTests
{
    private readonly RecordedSink _sink = new();
    private readonly List<(ulong After, ulong UpTo)> _lost = [];
    private readonly ReceiveCounters _counters = new();
    private readonly FrameIntake _intake;

    public MissingIdsTests()
    {
        _intake = new FrameIntake(TestStream.Context(), _sink, _counters);
        _intake.Lost += (after, upTo) => _lost.Add((after, upTo));
        Read(counter: 10);
        Assert.False(_intake.TakeLive(Frames.Create(10, 11)));
    }

    [Fact]
    public void Counter_AheadTwice_IsReportedOnceAndMovesNothing()
    {
        Read(counter: 50);
        Assert.Empty(_lost);
        Read(counter: 50);
        Read(counter: 50);
        Read(counter: 50);

        Assert.Equal([(11ul, 50ul)], _lost);
        Assert.Equal((11ul, 50ul), (_intake.LastId, _intake.AccountedUpTo));
    }

    [Theory]
    [InlineData(50, 39)]
    [InlineData(1_785_000_000_000_000, 1)]
    public void Counter_BeganAgainInTheGap_CountsWhatIsKnownToBeLost(ulong counter, long expected)
    {
        Read(counter);
        Read(counter);

        Assert.Equal([(11ul, counter)], _lost);
        Assert.Equal((1, expected), (_counters.GapsUnfilled.Value, _counters.Lost.Value));
    }

    [Fact]
    public void Counter_FirstIdOfANewFarmNeverCame_CountsOneLostMessage()
    {
        const ulong first = 1_785_000_000_000_000;
        var counters = new ReceiveCounters();
        var intake = new FrameIntake(TestStream.Context(), _sink, counters);
        Read(intake, counter: null);

        for (var read = 0; read < 3; read++)
        {
            Read(intake, first, afterSilence: true);
        }

        Assert.True(intake.TakeLive(Frames.Create(first, first + 1)));
        Read(intake, first + 1);
        Assert.Equal((1, 1), (counters.GapsUnfilled.Value, counters.Lost.Value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Frame_IdsLeapBeforeIt_CountsNoMoreThanOneLostMessage(bool isPreviousKnown)
    {
        const ulong leapt = 1_785_000_000_000_000;

        Assert.True(_intake.TakeLive(Frames.Create(isPreviousKnown ? 11ul : leapt - 1, leapt)));
        Read(_intake, leapt);

        Assert.Equal(isPreviousKnown ? 0 : 1, _counters.Lost.Value);
    }

    [Theory]
    [InlineData(30_000_002, 1)]
    [InlineData(2_000_000, 1_999_999)]
    public void Frame_IdsLeaptThirtySecondsAfterTheLastFrame_CountsNoMoreThanCanBeLost(ulong previous, long expected)
    {
        var (intake, counters) = CreateLive(out var time);
        var sentAt = UnixTime.Microseconds(time.GetUtcNow());
        Assert.False(intake.TakeLive(Frames.Create(0, 1, sentAt: sentAt)));

        time.Advance(TimeSpan.FromSeconds(28));
        Assert.True(intake.TakeLive(Frames.Create(previous, previous + 1, sentAt: sentAt)));
        Read(intake, previous + 1);

        Assert.Equal((1, expected), (counters.GapsUnfilled.Value, counters.Lost.Value));
    }

    // The ids of a new farm are close to its clock, so a restart soon afterwards makes a short gap.
    [Theory]
    [InlineData(100_000, 500_000, 1)]
    [InlineData(100_000, 90_000, 90_000)]
    [InlineData(0, 50_000, 50_000)]
    [InlineData(30_000_000, 500_000, 500_000)]
    public void Frame_IdsMayHaveRestartedSoonAfterTheyBegan_CountsOneLostMessageIfTheyReachTheClock(
        long behindTheClock, int gap, long expected)
    {
        var (intake, counters) = CreateLive(out var time);
        var sentAt = UnixTime.Microseconds(time.GetUtcNow());
        var last = (ulong)(sentAt - behindTheClock);
        Assert.True(intake.TakeLive(Frames.Create(0, last, sentAt: sentAt)));
        Read(intake, last);

        time.Advance(TimeSpan.FromSeconds(0.5));
        var next = last + (ulong)gap + 1;
        Assert.True(intake.TakeLive(Frames.Create(next - 1, next, sentAt: sentAt + 500_000)));
        Read(intake, next);

        Assert.Equal((1, expected), (counters.GapsUnfilled.Value, counters.Lost.Value));
    }

    [Fact]
    public void Frames_AfterACounterThatWasAheadIsMended_AreDelivered()
    {
        Read(counter: 1_000_000);
        Read(counter: 1_000_000);

        Assert.False(_intake.TakeLive(Frames.Create(11, 12)));
        Assert.False(_intake.TakeLive(Frames.Create(12, 13)));

        Assert.Equal([11, 12, 13], _sink.FirstIds);
        Assert.Equal((13ul, 13ul), (_intake.LastId, _intake.AccountedUpTo));
    }

    [Fact]
    public void Frame_BehindWhatWasReported_ReportsOnlyTheRest()
    {
        Read(counter: 50);
        Read(counter: 50);

        Assert.True(_intake.TakeLive(Frames.Create(60, 61)));
        Read(counter: 61);

        Assert.Equal([(11ul, 50ul), (50ul, 60ul)], _lost);
        Assert.Equal([11, 61], _sink.FirstIds);
    }

    private (FrameIntake Intake, ReceiveCounters Counters) CreateLive(out FakeTimeProvider time)
    {
        time = new FakeTimeProvider(new DateTimeOffset(2024, 10, 4, 0, 0, 0, TimeSpan.Zero));
        var counters = new ReceiveCounters();
        var intake = new FrameIntake(new StreamContext("test", NullLogger.Instance, time), _sink, counters);
        Read(intake, counter: null);
        return (intake, counters);
    }

    private void Read(ulong counter) => Read(_intake, counter, afterSilence: true);

    private static void Read(FrameIntake intake, ulong? counter, bool afterSilence = false)
    {
        intake.BeginRead();
        Assert.True(intake.TryGoLive(counter, hasHistory: true, afterSilence));
    }
}
