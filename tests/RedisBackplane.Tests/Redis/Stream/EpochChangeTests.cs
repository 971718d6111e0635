namespace RedisBackplane.Tests.Redis.Stream;

public sealed class EpochChangeTests
{
    private static readonly HistoryPosition Before = HistoryPosition.Behind(77);
    private static readonly HistoryPosition NextPage = HistoryPosition.Continue(78);

    private readonly EpochChange _change = new();

    [Fact]
    public void Begin_SameEpoch_ContinuesWhereTheReaderIs()
    {
        Read("one:0:0:1", after: 100, isAll: true);

        Assert.Equal((110ul, Before), _change.Begin(Epoch("one:0:0:1"), 110, Before));
        Assert.Equal(0ul, _change.End(isAll: true, lastId: 160));
    }

    [Fact]
    public void Begin_EpochAfterTheOneThatWasRead_BeginsWhereItDid()
    {
        Read("one:0:0:1", after: 100, isAll: true);

        Assert.Equal((90ul, default), _change.Begin(Epoch("two:90:1:2"), 100, Before));
        Assert.Equal(90ul, _change.PartedAt);
        Assert.Equal(90ul, _change.End(isAll: true, lastId: 160));
        Assert.Equal((100ul, Before), _change.Begin(Epoch("two:90:1:2"), 100, Before));
    }

    [Fact]
    public void Begin_EpochAfterOneThatWasSkipped_BeginsWithTheHistory()
    {
        Read("one:0:0:1", after: 100, isAll: true);

        Assert.Equal((0ul, default), _change.Begin(Epoch("three:150:2:3"), 100, Before));
        Assert.Null(_change.PartedAt);
        Assert.Equal(0ul, _change.End(isAll: true, lastId: 160));
        Assert.Equal((160ul, Before), _change.Begin(Epoch("three:150:2:3"), 160, Before));
        Assert.Equal(150ul, _change.End(isAll: true, lastId: 160));
    }

    // The clock of the second one was behind that of the first.
    [Fact]
    public void Begin_EpochAfterOneWithLowerIds_BeginsWhereThatOneWasReadLast()
    {
        Read("one:0:0:1", after: 100, isAll: true);
        Read("two:50:1:2", after: 100, isAll: true, lastId: 60);

        Assert.Equal((60ul, default), _change.Begin(Epoch("three:62:2:3"), 100, Before));
        Assert.Equal(60ul, _change.PartedAt);
        Assert.Equal(60ul, _change.End(isAll: true, lastId: 62));
    }

    [Fact]
    public void Begin_FramesWereTakenSinceTheEpochWasRead_BeginsAfterThem()
    {
        Read("one:0:0:1", after: 100, isAll: true, lastId: 100);

        Assert.Equal((110ul, default), _change.Begin(Epoch("two:120:1:2"), 110, Before));
        Assert.Equal((110ul, default), _change.Begin(Epoch("two:120:1:2"), 110, Before));
    }

    [Fact]
    public void Begin_FirstPageOfSeveralWasRead_ContinuesAfterIt()
    {
        Read("one:0:0:1", after: 100, isAll: true);
        Read("two:90:1:2", after: 100, isAll: false);

        Assert.Equal((100ul, NextPage), _change.Begin(Epoch("two:90:1:2"), 100, NextPage));
    }

    [Fact]
    public void Begin_ReadingWasInterrupted_BeginsAgain()
    {
        Read("one:0:0:1", after: 100, isAll: true);
        Read("two:90:1:2", after: 100, isAll: false);

        Assert.Equal((90ul, default), _change.Begin(Epoch("two:90:1:2"), 100, Before));
    }

    [Fact]
    public void Begin_ReadingWasInterruptedAboveTheLastId_ContinuesWhereTheReaderIs()
    {
        Read("one:0:0:1", after: 100, isAll: true);
        Read("two:90:1:2", after: 100, isAll: false);

        Assert.Equal((120ul, Before), _change.Begin(Epoch("two:90:1:2"), 120, Before));
    }

    [Fact]
    public void Begin_EpochWithoutTheIdBefore_ContinuesWhereTheReaderIs()
    {
        Read("one:0:0:1", after: 100, isAll: true);

        Assert.Equal((100ul, default), _change.Begin(Epoch("two:2"), 100, Before));
        Assert.Null(_change.End(isAll: true, lastId: 160));
    }

    private static Epoch Epoch(string name) => new(name, true);

    private void Read(string epoch, ulong after, bool isAll, ulong lastId = 100)
    {
        _change.Begin(Epoch(epoch), after, Before);
        _change.End(isAll, lastId);
    }
}
