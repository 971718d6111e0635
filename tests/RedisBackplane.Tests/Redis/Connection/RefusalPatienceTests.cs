namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RefusalPatienceTests
{
    private readonly TrackedTime _time = new();
    private readonly object _connection = new();
    private readonly RefusalPatience _patience;

    public RefusalPatienceTests() => _patience = new RefusalPatience(_time, TimeSpan.FromSeconds(0.5));

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
    public void AttemptsInVain_DoubleItUpToHalfAMinute()
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
    public void AnotherConnection_Refuses_StartsItAgain()
    {
        _patience.EndsNow(_connection);
        Pass(10);

        Assert.False(_patience.EndsNow(new object()));
    }

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
