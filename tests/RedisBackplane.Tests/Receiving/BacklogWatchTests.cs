namespace RedisBackplane.Tests.Receiving;

public sealed class BacklogWatchTests : IChannelBacklog, IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();
    private readonly ReceiveCounters _counters = new();
    private readonly BacklogWatch _watch;
    private readonly List<string> _remedies = [];
    private int _backlog;
    private int _averageLength = 100;
    private bool _hasHistory = true;

    public BacklogWatchTests() =>
        _watch = new BacklogWatch(
            TestStream.Context(_logger, _time), this, _counters, () => _averageLength, () => _hasHistory, () => _remedies.Add("settle"));

    int IChannelBacklog.Count => _backlog;

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void Backlog_WithinTheBounds_Stays()
    {
        _backlog = BacklogWatch.MaxPayloads;

        Pass(looks: 10);

        Assert.Empty(_remedies);
    }

    [Fact]
    public void Backlog_OfABurst_Stays()
    {
        for (var i = 0; i < 5; i++)
        {
            _backlog = 100_000;
            Pass(looks: 1);
            _backlog = 0;
            Pass(looks: 1);
        }

        Assert.Empty(_remedies);
    }

    [Fact]
    public void Backlog_OfTooManyPayloads_IsDroppedAndReadFromTheHistory()
    {
        _backlog = BacklogWatch.MaxPayloads + 1;

        Pass(looks: 2);

        Assert.Equal(["drop", "settle"], _remedies);
        Assert.Contains("1025", Assert.Single(_logger.Of(3012)).Text, StringComparison.Ordinal);
        Assert.Equal(1025, _counters.DroppedBacklog.Value);
    }

    [Theory]
    [InlineData(true, 256 * 1024, 64)]
    [InlineData(false, 100, BacklogWatch.MaxPayloadsWithoutHistory)]
    public void Backlog_OfManyBytesOrWithoutAHistory_HasABoundOfItsOwn(bool hasHistory, int averageLength, int most)
    {
        (_hasHistory, _averageLength, _backlog) = (hasHistory, averageLength, most);
        Pass(looks: 5);
        Assert.Empty(_remedies);

        _backlog++;
        Pass(looks: 2);

        Assert.Equal(["drop", "settle"], _remedies);
    }

    [Fact]
    public void Backlog_ThatComesAgain_IsDroppedAgainAndLoggedOnce()
    {
        for (var i = 0; i < 3; i++)
        {
            _backlog = 5000;
            Pass(looks: 2);
            Assert.Equal(0, _backlog);
        }

        Assert.Equal(6, _remedies.Count);
        Assert.Single(_logger.Of(3012));
    }

    [Fact]
    public void Dispose_EndsTheLooks()
    {
        _backlog = 5000;

        _watch.Dispose();
        Pass(looks: 4);

        Assert.Empty(_remedies);
        Assert.Equal(0, _time.ArmedTimers);
    }

    void IChannelBacklog.Drop()
    {
        _remedies.Add("drop");
        _backlog = 0;
    }

    private void Pass(int looks)
    {
        for (var i = 0; i < looks; i++)
        {
            _time.Advance(Look);
        }
    }
}
