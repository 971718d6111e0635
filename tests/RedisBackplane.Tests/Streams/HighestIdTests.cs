namespace RedisBackplane.Tests.Streams;

public sealed class HighestIdTests
{
    [Fact]
    public void Raise_HigherAndLower_OnlyRises()
    {
        var floor = new HighestId();
        Assert.Equal(0ul, floor.Value);

        floor.Raise(10);
        floor.Raise(5);

        Assert.Equal(10ul, floor.Value);
    }

    [Fact]
    public void Raise_FromManyThreads_IsTheHighest()
    {
        var floor = new HighestId();

        Parallel.For(1, 10_001, id => floor.Raise((ulong)id));

        Assert.Equal(10_000ul, floor.Value);
    }
}
