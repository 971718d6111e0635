namespace RedisBackplane.Tests.Timing;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    [Fact]
    public void Next_AgainAndAgain_DoublesUpToTheLongest()
    {
        var backoff = new Backoff(First, Longest, () => 0.5);

        Assert.Equal([20, 40, 80, 160, 320, 640, 1000, 1000], Milliseconds(backoff, 8));
    }

    [Fact]
    public void Next_AThousandTimes_StaysAtTheLongest()
    {
        var backoff = new Backoff(First, Longest, () => 0.5);

        Assert.Equal(1000, Milliseconds(backoff, 1000)[999]);
    }

    [Fact]
    public void Reset_AfterAttempts_BeginsAnew()
    {
        var backoff = new Backoff(First, Longest, () => 0.5);
        Milliseconds(backoff, 5);

        backoff.Reset();

        Assert.Equal([20, 40], Milliseconds(backoff, 2));
    }

    [Theory]
    [InlineData(0.0, 15)]
    [InlineData(0.5, 20)]
    [InlineData(0.9999999, 25)]
    public void Next_Jitter_SpreadsByAQuarterToBothSides(double jitter, double expected) =>
        Assert.Equal(expected, new Backoff(First, Longest, () => jitter).Next().TotalMilliseconds, precision: 3);

    [Fact]
    public void Default_ManyTimes_IsFromZeroToBelowOneAndVaries()
    {
        var values = Enumerable.Range(0, 1000).Select(_ => Jitter.Default()).ToList();

        Assert.All(values, value => Assert.True(value is >= 0 and < 1));
        Assert.True(values.Distinct().Count() > 900);
    }

    private static double[] Milliseconds(Backoff backoff, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => backoff.Next().TotalMilliseconds)];
}
