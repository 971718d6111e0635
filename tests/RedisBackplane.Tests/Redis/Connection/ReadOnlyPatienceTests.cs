namespace RedisBackplane.Tests.Redis.Connection;

public sealed class ReadOnlyPatienceTests
{
    private const string Refusal = "READONLY You can't write against a read only replica. script: 4c46, on @user_script:15.";
    private const string RefusalBefore7 =
        "ERR Error running script (call to f_4c46): @user_script:15: -READONLY You can't write against a read only replica.";

    private readonly TrackedTime _time = new();
    private readonly ReadOnlyPatience _patience;

    public ReadOnlyPatienceTests() => _patience = new ReadOnlyPatience(_time);

    [Theory]
    [InlineData(Refusal)]
    [InlineData(RefusalBefore7)]
    public void Refusals_ForHalfASecond_EndIt(string refusal)
    {
        Assert.False(Ends(refusal));
        Pass(0.4);
        Assert.False(Ends(refusal));
        Pass(0.1);
        Assert.True(Ends(refusal));
    }

    [Fact]
    public void Refusals_OfAnotherKind_AreNoneOfItsBusiness()
    {
        Ends("OOM command not allowed when used memory > 'maxmemory'.");
        Pass(60);

        Assert.False(Ends("OOM command not allowed when used memory > 'maxmemory'."));
        Assert.False(Ends(Refusal));
    }

    [Fact]
    public void AWrite_InBetween_BeginsAnew()
    {
        Ends(Refusal);
        Pass(0.4);
        _patience.Renew();
        Pass(0.4);

        Assert.False(Ends(Refusal));
        Pass(1);
        Assert.True(Ends(Refusal));
    }

    [Fact]
    public void AttemptsInVain_DoubleItUpToHalfAMinute()
    {
        foreach (var seconds in new double[] { 0.5, 1, 2, 4, 8, 16, 30, 30 })
        {
            Assert.False(Ends(Refusal));
            Pass(seconds - 0.1);
            Assert.False(Ends(Refusal));
            Pass(0.1);
            Assert.True(Ends(Refusal));
        }

        _patience.Renew();
        Assert.False(Ends(Refusal));
        Pass(1);
        Assert.True(Ends(Refusal));
    }

    private bool Ends(string refusal) => _patience.EndsWith(MockedRedis.Error(refusal));

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
