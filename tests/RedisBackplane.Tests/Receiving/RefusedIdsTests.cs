namespace RedisBackplane.Tests.Receiving;

public sealed class RefusedIdsTests
{
    private readonly RefusedIds _refused = new(3);

    [Fact]
    public void EndAfter_OfWhatFollowsWithoutAHole_IsItsEnd()
    {
        _refused.Add(11, 12);
        _refused.Add(13, 15);
        _refused.Add(20, 21);

        Assert.Equal(15ul, _refused.EndAfter(10));
        Assert.Equal(15ul, _refused.EndAfter(12));
        Assert.Equal(15ul, _refused.EndAfter(15));
        Assert.Equal(9ul, _refused.EndAfter(9));
        Assert.Equal(30ul, _refused.EndAfter(30));
    }

    [Fact]
    public void NextBefore_OfAHole_EndsWhereTheNextBegins()
    {
        _refused.Add(15, 16);

        Assert.Equal(14ul, _refused.NextBefore(10, 100));
        Assert.Equal(12ul, _refused.NextBefore(10, 12));
        Assert.Equal(100ul, _refused.NextBefore(16, 100));
    }

    [Fact]
    public void Add_WhatIsKnown_IsNoNews()
    {
        Assert.True(_refused.Add(5, 9));
        Assert.False(_refused.Add(6, 9));
        Assert.True(_refused.Add(6, 10));
    }

    [Fact]
    public void Add_InAnyOrder_JoinsWhatTouchesOrOverlaps()
    {
        _refused.Add(20, 25);
        _refused.Add(1, 2);
        _refused.Add(10, 12);
        _refused.Add(3, 22);

        Assert.Equal(25ul, _refused.EndAfter(0));
    }

    [Fact]
    public void Add_BeyondTheCapacity_ForgetsTheLowest()
    {
        foreach (var id in new ulong[] { 10, 20, 30, 40 })
        {
            _refused.Add(id, id);
        }

        Assert.Equal(9ul, _refused.EndAfter(9));
        Assert.Equal(20ul, _refused.EndAfter(19));
    }

    [Fact]
    public void DropUpTo_AnId_ForgetsWhatIsNotAboveIt()
    {
        _refused.Add(10, 12);
        _refused.Add(20, 22);

        _refused.DropUpTo(21);

        Assert.Equal(9ul, _refused.EndAfter(9));
        Assert.Equal(22ul, _refused.EndAfter(19));
    }
}
