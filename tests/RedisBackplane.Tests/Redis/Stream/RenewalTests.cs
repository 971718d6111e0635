using Microsoft.Extensions.Time.Testing;
using RedisBackplane.Redis.Stream;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class RenewalTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void IsDue_UntilAWriteHasSucceeded_IsTrue()
    {
        var renewal = Create();

        Assert.True(renewal.IsDue(out _));
        Assert.True(renewal.IsDue(out _));
    }

    [Fact]
    public void IsDue_AfterARenewal_IsFalseForAPeriod()
    {
        var renewal = Create();
        _ = renewal.IsDue(out var now);
        renewal.Done(now);

        Assert.False(renewal.IsDue(out _));
        _time.Advance(renewal.Period - TimeSpan.FromMilliseconds(1));
        Assert.False(renewal.IsDue(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(renewal.IsDue(out _));
    }

    [Fact]
    public void IsDue_AfterAWriteThatTookLong_CountsFromWhereItBegan()
    {
        var renewal = Create();
        _ = renewal.IsDue(out var now);
        _time.Advance(renewal.Period);
        renewal.Done(now);

        Assert.True(renewal.IsDue(out _));
    }

    [Fact]
    public void Period_AddedToTheLifeOfAKey_LastsFromOneRenewalToTheNext()
    {
        var renewal = Create();

        Assert.InRange(renewal.Period, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));
    }

    private Renewal Create() => new(TimeSpan.FromSeconds(8), _time);
}
