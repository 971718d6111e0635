using Microsoft.Extensions.Time.Testing;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class RenewalTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Renewal _renewal;

    public RenewalTests() => _renewal = new Renewal(TimeSpan.FromSeconds(8), _time);

    [Fact]
    public void IsDue_UntilAWriteHasSucceeded_IsTrue()
    {
        Assert.True(_renewal.IsDue(out _));
        Assert.True(_renewal.IsDue(out _));
    }

    [Fact]
    public void IsDue_AfterARenewal_IsFalseForAPeriod()
    {
        _ = _renewal.IsDue(out var now);
        _renewal.Done(now);

        Assert.False(_renewal.IsDue(out _));
        _time.Advance(_renewal.Period - TimeSpan.FromMilliseconds(1));
        Assert.False(_renewal.IsDue(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_renewal.IsDue(out _));
    }

    [Fact]
    public void IsDue_AfterAWriteThatTookLong_CountsFromWhereItBegan()
    {
        _ = _renewal.IsDue(out var now);
        _time.Advance(_renewal.Period);
        _renewal.Done(now);

        Assert.True(_renewal.IsDue(out _));
    }

    [Fact]
    public void Period_AddedToTheLifeOfAKey_LastsFromOneRenewalToTheNext()
    {
        Assert.InRange(_renewal.Period, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));
    }
}
