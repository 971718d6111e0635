namespace RedisBackplane.Tests.Receiving;

public sealed class NumberRangesTests
{
    private readonly NumberRanges _ranges = new(3);

    [Fact]
    public void EndAfter_OfWhatFollowsWithoutAHole_IsItsEnd()
    {
        _ranges.Add(11, 12);
        _ranges.Add(13, 15);
        _ranges.Add(20, 21);

        Assert.Equal(15ul, _ranges.EndAfter(10));
        Assert.Equal(15ul, _ranges.EndAfter(12));
        Assert.Equal(15ul, _ranges.EndAfter(15));
        Assert.Equal(9ul, _ranges.EndAfter(9));
        Assert.Equal(30ul, _ranges.EndAfter(30));
    }

    [Fact]
    public void NextBefore_OfAHole_EndsWhereTheNextBegins()
    {
        _ranges.Add(15, 16);

        Assert.Equal(14ul, _ranges.NextBefore(10, 100));
        Assert.Equal(12ul, _ranges.NextBefore(10, 12));
        Assert.Equal(100ul, _ranges.NextBefore(16, 100));
    }

    [Fact]
    public void Add_WhatIsKnown_IsNoNews()
    {
        Assert.True(_ranges.Add(5, 9));
        Assert.False(_ranges.Add(6, 9));
        Assert.True(_ranges.Add(6, 10));
    }

    [Fact]
    public void Add_InAnyOrder_JoinsWhatTouchesOrOverlaps()
    {
        _ranges.Add(20, 25);
        _ranges.Add(1, 2);
        _ranges.Add(10, 12);
        _ranges.Add(3, 22);

        Assert.Equal(25ul, _ranges.EndAfter(0));
    }

    [Fact]
    public void Add_BeyondTheCapacity_ForgetsTheLowest()
    {
        foreach (var id in new ulong[] { 10, 20, 30, 40 })
        {
            _ranges.Add(id, id);
        }

        Assert.Equal(9ul, _ranges.EndAfter(9));
        Assert.Equal(20ul, _ranges.EndAfter(19));
    }

    [Fact]
    public void DropUpTo_AnId_ForgetsWhatIsNotAboveIt()
    {
        _ranges.Add(10, 12);
        _ranges.Add(20, 22);

        _ranges.DropUpTo(21);

        Assert.Equal(9ul, _ranges.EndAfter(9));
        Assert.Equal(22ul, _ranges.EndAfter(19));
    }

    [Fact]
    public void TryTake_EachNumberOfARange_TakesItOnce()
    {
        _ranges.Add(1, 3);
        foreach (var number in new ulong[] { 2, 1, 3 })
        {
            Assert.True(_ranges.TryTake(number));
            Assert.False(_ranges.TryTake(number));
        }

        Assert.False(_ranges.Contains(1) || _ranges.Contains(2) || _ranges.Contains(3));
    }

    [Fact]
    public void TryTake_InTheMiddleBeyondTheCapacity_ForgetsTheLowest()
    {
        _ranges.Add(1, 2);
        _ranges.Add(10, 12);
        _ranges.Add(20, 22);

        Assert.True(_ranges.TryTake(21));

        Assert.False(_ranges.Contains(1));
        Assert.True(_ranges.Contains(11) && _ranges.Contains(20) && _ranges.Contains(22));
    }
}
