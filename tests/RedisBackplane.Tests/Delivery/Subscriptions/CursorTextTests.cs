namespace RedisBackplane.Tests.Delivery.Subscriptions;

public sealed class CursorTextTests
{
    private const ulong Present = CursorText.Present;

    [Theory]
    [InlineData("s-0,1F", 0x1FUL)]
    [InlineData("s-0,1f", 0x1FUL)]
    [InlineData("s-0,0", 0UL)]
    [InlineData("s-0,00000000000000AB", 0xABUL)]
    [InlineData("s-0,FFFFFFFFFFFFFFFE", ulong.MaxValue - 1)]
    [InlineData("s-0,FFFFFFFFFFFFFFFF", Present)]
    [InlineData("s-", Present)]
    [InlineData("s-1,5", Present)]
    [InlineData("s-0,5|1,7|2,9", 5UL)]
    public void TryRead_CursorInTheForm_GivesTheId(string cursor, ulong expected)
    {
        var ids = new ulong[1];
        Assert.True(CursorText.TryRead(cursor, ids, out _, out _));
        Assert.Equal(expected, ids[0]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0,1")]
    [InlineData("S-0,1")]
    [InlineData("d-8A,1|h,2")]
    [InlineData("s-0")]
    [InlineData("s-0,")]
    [InlineData("s-,1")]
    [InlineData("s-0,1|")]
    [InlineData("s-0,1||1,2")]
    [InlineData("s-0,1x")]
    [InlineData("s-0,-1")]
    [InlineData("s-0, 1")]
    [InlineData("s--1,1")]
    [InlineData("s-0,12345678901234567")]
    [InlineData("s-000000,1")]
    [InlineData("s-99999999999,1")]
    [InlineData("s-0,1|garbage")]
    [InlineData("s-0,\u0661")]
    public void TryRead_Garbage_IsThePresent(string? cursor)
    {
        var ids = new ulong[] { 7, 7 };
        Assert.False(CursorText.TryRead(cursor, ids, out _, out _));
        Assert.Equal([Present, Present], ids);
    }

    [Fact]
    public void TryRead_EndlessText_IsThePresent()
    {
        var ids = new ulong[1];
        var endless = "s-" + string.Join("|", Enumerable.Range(0, 100_000).Select(i => $"{i % 9},1"));
        Assert.False(CursorText.TryRead(endless, ids, out _, out _));
        Assert.Equal(Present, ids[0]);
    }

    [Fact]
    public void TryRead_FewerStreamsThanTheServer_LeavesTheOthersAtThePresent()
    {
        var ids = new ulong[3];
        Assert.True(CursorText.TryRead("s-0,A|2,B", ids, out var named, out var since));
        Assert.Equal([10, Present, 11], ids);
        Assert.Equal((0b101UL, 0L), (named, since));
    }

    [Theory]
    [InlineData("s-99999,64", 0UL, 100L)]
    [InlineData("s-0,A|99999,64", 1UL, 100L)]
    [InlineData("s-99999,64|1,A", 2UL, 100L)]
    [InlineData("s-99999,FFFFFFFFFFFFFFFF", 0UL, 0L)]
    [InlineData("s-0,A|99998,64", 1UL, 0L)]
    [InlineData("s-0,FFFFFFFFFFFFFFFF", 1UL, 0L)]
    [InlineData("s-0,A|99999,64|", 0UL, 0L)]
    public void TryRead_TimeForStreamsThatAreNotNamed_GivesIt(string cursor, ulong expected, long time)
    {
        CursorText.TryRead(cursor, new ulong[2], out var named, out var since);
        Assert.Equal((expected, time), (named, since));
    }

    [Fact]
    public void Write_StreamsLeftOut_AddsSinceWhenTheClientHasWaitedForThem()
    {
        var text = new StringWriter();
        CursorText.Write(text, [10, Present], since: 100);
        text.Write(' ');
        CursorText.Write(text, [Present], since: 100);
        Assert.Equal("s-0,A|99999,64 s-99999,64", text.ToString());
    }

    [Theory]
    [InlineData("s-0,1F", 0x1FUL)]
    [InlineData("s-0,0|1,FFFFFFFFFFFFFFFE", 0UL, ulong.MaxValue - 1)]
    [InlineData("s-1,10", Present, 16UL)]
    [InlineData("s-", Present, Present)]
    [InlineData("s-0,1|1,1|2,1|3,1|4,1|5,1|6,1|7,1|8,1|9,1|10,1|11,1000", 1UL, 1UL, 1UL, 1UL, 1UL, 1UL, 1UL, 1UL, 1UL, 1UL, 1UL, 4096UL)]
    public void Write_Ids_GivesTheTextThatReadsBack(string expected, params ulong[] ids)
    {
        var text = new StringWriter();
        CursorText.Write(text, ids);
        Assert.Equal(expected, text.ToString());

        var read = new ulong[ids.Length];
        Assert.True(CursorText.TryRead(text.ToString(), read, out _, out _));
        Assert.Equal(ids, read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TryRead_RandomText_NeverThrows(int seed)
    {
        var random = new Random(seed);
        const string Alphabet = "s-0123456789ABCDEFabcdef,|\\ \u00e9";
        var ids = new ulong[4];
        for (var i = 0; i < 50_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(20)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            if (!CursorText.TryRead("s-" + text, ids, out _, out _))
            {
                Assert.All(ids, id => Assert.Equal(Present, id));
            }
        }
    }
}
