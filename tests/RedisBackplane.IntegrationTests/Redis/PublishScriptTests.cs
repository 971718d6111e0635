namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>The ids and numbers that the script of a batch writes, on a real Redis.</summary>
public sealed class PublishScriptTests : ScriptTest
{
    // Above the clock in microseconds, as if the ids had begun on a server whose clock was ahead.
    private const ulong AheadOfTheClock = 5_000_000_000_000_000;

    // Its length counts up with the clock, in microseconds, and begins again after 71 minutes.
    private const ulong LeastLeap = 1_048_576;
    private const ulong LongestLeap = LeastLeap + (1UL << 32);

    [RedisFact]
    public async Task Publish_CounterLostWithTheClockBehind_LeapsOverWhatOthersMayHaveSeen()
    {
        var reply = await PublishAboveAsync(AheadOfTheClock);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.InRange(reply.Value, AheadOfTheClock + LeastLeap, AheadOfTheClock + LongestLeap);
    }

    [RedisFact]
    public async Task Publish_CounterLostTwiceWithTheClockBehind_GivesNoIdTwice()
    {
        var first = await PublishAboveAsync(AheadOfTheClock);
        await Database.KeyDeleteAsync([Names.Counter, Names.Log]);

        var second = await PublishAboveAsync(AheadOfTheClock);

        Assert.NotEqual(first.Value, second.Value);
    }

    [RedisFact]
    public async Task Publish_CounterSetBackByLittle_LeapsAsWell()
    {
        await Database.StringSetAsync(Names.Counter, AheadOfTheClock);

        Assert.InRange(
            (await PublishAboveAsync(AheadOfTheClock + 10)).Value, AheadOfTheClock + LeastLeap, AheadOfTheClock + LongestLeap);
    }

    [RedisFact]
    public async Task Publish_CounterAtOrAboveTheFloor_GoesOn()
    {
        await Database.StringSetAsync(Names.Counter, 500);

        Assert.Equal(501ul, (await PublishAboveAsync(500)).Value);
        Assert.Equal(502ul, (await PublishAboveAsync(7)).Value);
    }

    [RedisFact]
    public async Task Publish_OneBatchAfterTheOther_CountsOnInEveryKey()
    {
        await Database.StringSetAsync(Names.Counter, 500);

        for (var number = 1UL; number <= 3; number++)
        {
            Assert.Equal(new BatchReply(BatchOutcome.Stored, 500 + number), await PublishAsync(number));
        }

        Assert.Equal(503, await Database.StringGetAsync(Names.Counter));
        Assert.Equal(3, await Database.StringGetAsync(Names.Publisher(Publisher)));
        Assert.Equal([501, 502, 503], await ReadIdsAsync(500));
        await AssertAllExpireAsync();
    }

    [RedisFact]
    public async Task Publish_NumberThatLeavesOutThoseGivenUp_IsRemembered()
    {
        await PublishAsync(1);

        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(5)).Outcome);

        Assert.Equal(5, await Database.StringGetAsync(Names.Publisher(Publisher)));
        Assert.Equal(BatchOutcome.StoredBefore, (await PublishAsync(5)).Outcome);
        await AssertAllExpireAsync();
    }

    [RedisFact]
    public async Task Publish_CounterSetBackBelowTheHistory_GoesOnAboveIt()
    {
        var first = await PublishAsync(1);
        await PublishAsync(2);
        await Database.StringSetAsync(Names.Counter, (long)first.Value - 1);

        Assert.Equal(first.Value + 2, (await PublishAsync(3)).Value);
        Assert.Equal([first.Value, first.Value + 1, first.Value + 2], await ReadIdsAsync(0));
    }

    [RedisTheory]
    [InlineData("5.0")]
    [InlineData("0x10")]
    [InlineData("007")]
    [InlineData("1e300")]
    [InlineData("inf")]
    [InlineData("nan")]
    [InlineData("-3")]
    public async Task Publish_RecordThatIsNoNumber_CountsAsLost(string record)
    {
        await PublishAsync(1);
        await Database.StringSetAsync(Names.Publisher(Publisher), record);

        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(2)).Outcome);
        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(3)).Outcome);

        Assert.Equal(3, await Database.StringGetAsync(Names.Publisher(Publisher)));
    }

    [RedisTheory]
    [InlineData("x")]
    [InlineData("1.5")]
    [InlineData("9223372036854775800")]
    [InlineData("18446744073709551615")]
    [InlineData("9007199254740993")]
    [InlineData("-5")]
    [InlineData(null)]
    public async Task Publish_CounterThatIsNoId_IsReplacedAboveAllThatIsKnown(string? value)
    {
        if (value is null)
        {
            await Database.ListRightPushAsync(Names.Counter, "x");
        }
        else
        {
            await Database.StringSetAsync(Names.Counter, value);
        }

        Assert.Null(await History.ReadCounterAsync());

        var reply = await PublishAboveAsync(AheadOfTheClock);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.InRange(reply.Value, AheadOfTheClock + 1, RedisHistory.HighestId);
        Assert.Equal(reply.Value, await History.ReadCounterAsync());
        Assert.Equal(reply.Value + 1, (await PublishAboveAsync(reply.Value)).Value);
    }
}
