using Microsoft.Extensions.Time.Testing;
using RedisBackplane.Delivery.FlowControl;

namespace RedisBackplane.Tests.Delivery.FlowControl;

public sealed class IntakePauseTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly IntakePause _pause;

    public IntakePauseTests() => _pause = new IntakePause(TimeSpan.FromSeconds(5), _time);

    [Theory]
    [InlineData(1.0, false)]
    [InlineData(0.3, false)]
    [InlineData(0.2, true)]
    [InlineData(-4.0, true)]
    public void Judge_FirstLook_HoldsWhereLittleRoomIsLeft(double room, bool expected)
    {
        Assert.False(_pause.Judge(room));

        Assert.Equal(expected, _pause.IsHolding);
    }

    [Fact]
    public void Judge_WhileHolding_HoldsUntilThereIsPlentyOfRoom()
    {
        _pause.Judge(0.2);

        _pause.Judge(0.4);
        Assert.True(_pause.IsHolding);
        _pause.Judge(0.5);
        Assert.False(_pause.IsHolding);
        _pause.Judge(0.4);
        Assert.False(_pause.IsHolding);
    }

    [Fact]
    public void Judge_HeldForLong_EndsItAndSaysSo()
    {
        _pause.Judge(0.2);

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(_pause.Judge(0.2));
        Assert.True(_pause.IsHolding);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(_pause.Judge(0.2));
        Assert.False(_pause.IsHolding);
    }

    [Fact]
    public void Judge_HeldAgain_HasAllItsPatienceAgain()
    {
        _pause.Judge(0.2);
        _time.Advance(TimeSpan.FromSeconds(4));
        _pause.Judge(1);
        _pause.Judge(0.2);

        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.False(_pause.Judge(0.2));
        Assert.True(_pause.IsHolding);
    }
}
