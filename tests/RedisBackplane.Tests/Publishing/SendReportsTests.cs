namespace RedisBackplane.Tests.Publishing;

public sealed class SendReportsTests
{
    private const int SendFailed = 2001;
    private const int SendRecovered = 2002;

    private readonly RecordedLogger _logger = new();
    private readonly TrackedTime _time = new();
    private readonly SendReports _reports;

    public SendReportsTests() => _reports = new SendReports(TestStream.Context(_logger, _time));

    [Fact]
    public void Failures_OneAfterTheOther_AreToldAFewTimesEachWithItsEnd()
    {
        for (var i = 0; i < 100; i++)
        {
            _reports.Failed(new InvalidOperationException("cut"), 1);
            _reports.Recovered();
        }

        Assert.Equal((5, 5), (_logger.Of(SendFailed).Count(), _logger.Of(SendRecovered).Count()));
        _time.Advance(TimeSpan.FromSeconds(11));
        _reports.Failed(new InvalidOperationException("cut"), 1);
        _reports.Recovered();

        Assert.Equal((6, 6), (_logger.Of(SendFailed).Count(), _logger.Of(SendRecovered).Count()));
    }

    [Fact]
    public void Recovery_OfAFailureThatWasNotTold_IsNotTold()
    {
        _reports.Recovered();

        Assert.Empty(_logger.Lines);
    }
}
