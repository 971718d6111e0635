using Microsoft.Extensions.Time.Testing;
using RedisBackplane.Delivery;

namespace RedisBackplane.Tests.Delivery;

public sealed class PaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(TimeSpan.FromSeconds(5), _time);

    [Theory]
    [InlineData(1.0, false)]
    [InlineData(0.3, false)]
    [InlineData(0.2, true)]
    [InlineData(-4.0, true)]
    public void Judge_FirstLook_HoldsWhereLittleRoomIsLeft(double room, bool expected)
    {
        Assert.False(_pace.Judge(room));

        Assert.Equal(expected, _pace.IsHolding);
    }

    [Fact]
    public void Judge_WhileHolding_HoldsUntilThereIsPlentyOfRoom()
    {
        _pace.Judge(0.2);

        _pace.Judge(0.4);
        Assert.True(_pace.IsHolding);
        _pace.Judge(0.5);
        Assert.False(_pace.IsHolding);
        _pace.Judge(0.4);
        Assert.False(_pace.IsHolding);
    }

    [Fact]
    public void Judge_HeldForLong_EndsItAndSaysSo()
    {
        _pace.Judge(0.2);

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(_pace.Judge(0.2));
        Assert.True(_pace.IsHolding);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(_pace.Judge(0.2));
        Assert.False(_pace.IsHolding);
    }

    [Fact]
    public void Judge_HeldAgain_HasAllItsPatienceAgain()
    {
        _pace.Judge(0.2);
        _time.Advance(TimeSpan.FromSeconds(4));
        _pace.Judge(1);
        _pace.Judge(0.2);

        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.False(_pace.Judge(0.2));
        Assert.True(_pace.IsHolding);
    }
}
