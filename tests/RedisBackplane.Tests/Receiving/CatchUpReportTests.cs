using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.Tests.Receiving;

public sealed class CatchUpReportTests
{
    [Fact]
    public void Tell_ManyCatchUpsInSeconds_LogsTheFirstFiveAndCountsAll()
    {
        var time = new FakeTimeProvider();
        var logger = new RecordedLogger();
        var counters = new ReceiveCounters();
        var report = new CatchUpReport(new StreamContext("test", logger, time), counters);

        for (var i = 0; i < 20; i++)
        {
            report.Replayed(1);
            report.Tell(1, hasStarted: true);
        }

        Assert.Equal(5, logger.Of(3003).Count());
        Assert.Equal((20, 20), (counters.GapsFilled.Value, counters.Replayed.Value));

        time.Advance(TimeSpan.FromSeconds(10));
        report.Replayed(1);
        report.Tell(1, hasStarted: true);

        Assert.Equal(6, logger.Of(3003).Count());
    }

    [Fact]
    public void Tell_AfterAPause_CountsWhatCameFromTheHistory()
    {
        var counters = new ReceiveCounters();
        var report = new CatchUpReport(TestStream.Context(new RecordedLogger()), counters);

        report.Paced();
        report.Replayed(3);
        report.Tell(9, hasStarted: true);

        Assert.Equal((3, 1, 0), (counters.Replayed.Value, counters.Pauses.Value, counters.GapsFilled.Value));
    }
}
