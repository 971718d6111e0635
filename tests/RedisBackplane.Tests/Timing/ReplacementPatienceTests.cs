namespace RedisBackplane.Tests.Timing;

public sealed class ReplacementPatienceTests
{
    private readonly TrackedTime _time = new();
    private readonly object _connection = new();
    private readonly ReplacementPatience _patience;

    public ReplacementPatienceTests() => _patience = new ReplacementPatience(_time, TimeSpan.FromSeconds(0.5));

    [Fact]
    public void Refusals_ForHalfASecond_EndIt()
    {
        Assert.False(_patience.EndsNow(_connection));
        Pass(0.4);
        Assert.False(_patience.EndsNow(_connection));
        Pass(0.1);
        Assert.True(_patience.EndsNow(_connection));
    }

    [Fact]
    public void AcceptedCall_InBetween_StartsItAgain()
    {
        _patience.EndsNow(_connection);
        Pass(0.4);
        _patience.Renew();
        Pass(0.4);

        Assert.False(_patience.EndsNow(_connection));
        Pass(1);
        Assert.True(_patience.EndsNow(_connection));
    }

    [Fact]
    public void ReplacementsThatDidNotHelp_DoubleItUpToHalfAMinute()
    {
        foreach (var seconds in new double[] { 0.5, 1, 2, 4, 8, 16, 30, 30 })
        {
            Assert.False(_patience.EndsNow(_connection));
            Pass(seconds - 0.1);
            Assert.False(_patience.EndsNow(_connection));
            Pass(0.1);
            Assert.True(_patience.EndsNow(_connection));
        }

        _patience.Renew();
        Assert.False(_patience.EndsNow(_connection));
        Pass(1);
        Assert.True(_patience.EndsNow(_connection));
    }

    /// <summary>Several streams share a connection, and one of them replaces it first.</summary>
    [Fact]
    public void AnotherConnection_FailsToo_StartsItAgainAndDoublesIt()
    {
        var other = new object();
        _patience.EndsNow(_connection);
        Pass(10);

        Assert.False(_patience.EndsNow(other));
        Pass(0.9);
        Assert.False(_patience.EndsNow(other));
        Pass(0.1);
        Assert.True(_patience.EndsNow(other));
    }

    [Fact]
    public void ReplacementAfterIt_FailsToo_CountsOnce()
    {
        var other = new object();
        _patience.EndsNow(_connection);
        Pass(0.5);
        Assert.True(_patience.EndsNow(_connection));

        Assert.False(_patience.EndsNow(other));
        Pass(1);
        Assert.True(_patience.EndsNow(other));
    }

    [Fact]
    public void NoConnection_ForLong_EndsAndDoublesNothing()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.False(_patience.EndsNow(null));
            Pass(60);
        }

        Assert.False(_patience.EndsNow(_connection));
        Pass(0.5);
        Assert.True(_patience.EndsNow(_connection));
    }

    [Fact]
    public void LongerThanHalfAMinute_ReplacementsThatDidNotHelp_StaysAsItIs()
    {
        var patience = new ReplacementPatience(_time, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++)
        {
            Assert.False(patience.EndsNow(_connection));
            Pass(59);
            Assert.False(patience.EndsNow(_connection));
            Pass(1);
            Assert.True(patience.EndsNow(_connection));
        }
    }

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
