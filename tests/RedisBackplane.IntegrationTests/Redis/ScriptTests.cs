using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using RedisBackplane.TestInfrastructure;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>What the scripts do to the Redis keys, on a real Redis.</summary>
public sealed class ScriptTests : IAsyncLifetime
{
    // Above the clock in microseconds, as if the ids had begun on a server whose clock was ahead.
    private const ulong AheadOfTheClock = 5_000_000_000_000_000;

    private readonly string _appName = AppNames.Unique("scripts");
    private RedisConnection _connection = null!;
    private RedisNames _names = null!;
    private RedisSlot _slot = null!;
    private RedisFarm _farm = null!;
    private RedisHistory _history = null!;
    private IDatabase _database = null!;
    private RedisBatchSender? _sender;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        var redis = await RedisTestServer.GetSharedAsync();
        _connection = await LibraryConnection.OpenAsync(_appName, redis.ConnectionString);
        _database = _connection.Multiplexer.GetDatabase();
        _names = new RedisNames(_appName, 0);
        _slot = new RedisSlot(_connection, _names, 0);
        _farm = new RedisFarm(_appName, _connection, _names, _slot, ShardedPubSub.Auto, NullLogger.Instance);
        _history = new RedisHistory(_appName, _names, _slot, new HistoryLimits(1_000_000, TimeSpan.FromMinutes(1)), NullLogger.Instance);
    }

    public Task DisposeAsync()
    {
        _connection?.Dispose();
        return Task.CompletedTask;
    }

    [RedisFact]
    public async Task Publish_CounterLostWithTheClockBehind_LeapsOverWhatOthersMayHaveSeen()
    {
        var reply = await PublishAsync(floor: AheadOfTheClock);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.InRange(reply.Value, AheadOfTheClock + 1_000_000, AheadOfTheClock + 2_000_000);
    }

    [RedisFact]
    public async Task Publish_CounterSetBackByLittle_LeapsAsWell()
    {
        await _database.StringSetAsync(_names.Counter, AheadOfTheClock);

        Assert.InRange((await PublishAsync(floor: AheadOfTheClock + 10)).Value, AheadOfTheClock + 1_000_000, AheadOfTheClock + 2_000_000);
    }

    [RedisFact]
    public async Task Publish_CounterAtOrAboveTheFloor_GoesOn()
    {
        await _database.StringSetAsync(_names.Counter, 500);

        Assert.Equal(501ul, (await PublishAsync(floor: 500)).Value);
        Assert.Equal(502ul, (await PublishAsync(floor: 7)).Value);
    }

    [RedisFact]
    public async Task Recognize_SameServer_LeavesTheCounter()
    {
        await _farm.RecognizeAsync();
        await _database.StringSetAsync(_names.Counter, 500);

        await _farm.RecognizeAsync();

        Assert.Equal(500, await _database.StringGetAsync(_names.Counter));
    }

    [RedisFact]
    public async Task Recognize_AnotherServer_LetsTheIdsBeginAnewFarAbove()
    {
        await _database.StringSetAsync(_names.Server, "of another");
        await _database.StringSetAsync(_names.Counter, 500);

        await _farm.RecognizeAsync();
        var reply = await PublishAsync(floor: 400);

        Assert.True(reply.Value > 1_600_000_000_000_000);
        await _farm.RecognizeAsync();
        Assert.Equal((long)reply.Value, await _database.StringGetAsync(_names.Counter));
    }

    [RedisFact]
    public async Task Recognize_AfterAPublishThatBeganAnewThere_LeavesTheCounter()
    {
        // All was forgotten, and whoever publishes is quicker than whoever looks.
        var reply = await PublishAsync(floor: 400);

        await _farm.RecognizeAsync();

        Assert.Equal((long)reply.Value, await _database.StringGetAsync(_names.Counter));
    }

    [RedisFact]
    public async Task Recognize_KindOfTheChannelIsNone_AgreesAnew()
    {
        await _database.ListRightPushAsync(_names.ChannelKind, "of another");
        await _farm.RecognizeAsync();
        Assert.Equal("plain", await _database.StringGetAsync(_names.ChannelKind));

        await _database.StringSetAsync(_names.ChannelKind, "of another");
        await _farm.RecognizeAsync();

        Assert.Equal("plain", await _database.StringGetAsync(_names.ChannelKind));
        Assert.False(_farm.IsSharded);
    }

    [RedisFact]
    public async Task Publish_OneBatchAfterTheOther_CountsOnInEveryKey()
    {
        await _database.StringSetAsync(_names.Counter, 500);
        var publisher = PublisherId.New();

        for (var number = 1UL; number <= 3; number++)
        {
            Assert.Equal(new BatchReply(BatchOutcome.Stored, 500 + number), await PublishAsync(0, publisher, number));
        }

        Assert.Equal(503, await _database.StringGetAsync(_names.Counter));
        Assert.Equal(3, await _database.StringGetAsync(_names.Publisher(publisher)));
        var entries = await _database.StreamRangeAsync(_names.History);
        Assert.Equal(["501-0", "502-0", "503-0"], entries.Select(entry => (string?)entry.Id));
        var expected = entries.Sum(entry => ((byte[])entry.Values[0].Value!).Length - FrameWriter.IdsSize + 120);
        Assert.Equal(expected, await _database.StringGetAsync(_names.HistoryBytes));
        await AssertAllExpireAsync(publisher);
    }

    [RedisFact]
    public async Task Publish_NumberThatLeavesOutThoseGivenUp_IsRemembered()
    {
        var publisher = PublisherId.New();
        await PublishAsync(0, publisher, 1);

        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(0, publisher, 5)).Outcome);

        Assert.Equal(5, await _database.StringGetAsync(_names.Publisher(publisher)));
        Assert.Equal(BatchOutcome.StoredBefore, (await PublishAsync(0, publisher, 5)).Outcome);
        await AssertAllExpireAsync(publisher);
    }

    [RedisFact]
    public async Task Publish_HistoryIsFull_ItsNewerPartBecomesTheOlder()
    {
        _history = new RedisHistory(_appName, _names, _slot, new HistoryLimits(600, TimeSpan.FromMinutes(1)), NullLogger.Instance);
        var publisher = PublisherId.New();

        await PublishAsync(0, publisher, 1);
        await PublishAsync(0, publisher, 2);
        await PublishAsync(0, publisher, 3);

        Assert.Equal(2, await _database.StreamLengthAsync(_names.OlderHistory));
        Assert.Equal(1, await _database.StreamLengthAsync(_names.History));
        Assert.InRange((long)await _database.StringGetAsync(_names.HistoryBytes), 120, 300);
        Assert.NotNull(await _database.KeyTimeToLiveAsync(_names.OlderHistory));
        await AssertAllExpireAsync(publisher);
    }

    [RedisFact]
    public async Task Publish_NewerPartOfTheHistoryHasReachedItsAge_BecomesTheOlder()
    {
        var publisher = PublisherId.New();
        await PublishAsync(0, publisher, 1);
        await PublishAsync(0, publisher, 2);
        await PassAgeAsync();

        await PublishAsync(0, publisher, 3);
        Assert.Equal(3, await _database.StreamLengthAsync(_names.OlderHistory));
        Assert.NotNull(await _database.KeyTimeToLiveAsync(_names.OlderHistory));
        Assert.False(await _database.KeyExistsAsync(_names.History));

        // What was the older part is of twice the age when the next takes its place.
        await PublishAsync(0, publisher, 4);
        await PublishAsync(0, publisher, 5);
        await AssertAllExpireAsync(publisher);
        await PassAgeAsync();
        await PublishAsync(0, publisher, 6);
        var entries = await _database.StreamRangeAsync(_names.OlderHistory);
        Assert.Equal(3, entries.Length);
        Assert.Equal((string?)await _database.StringGetAsync(_names.Counter) + "-0", (string?)entries[^1].Id);
    }

    [RedisFact]
    public async Task Publish_Renews_DoesNotProlongTheAgeOfTheHistory()
    {
        var publisher = PublisherId.New();
        await PublishAsync(0, publisher, 1);
        await _database.KeyExpireAsync(_names.HistoryBytes, TimeSpan.FromSeconds(20));

        // A new sender renews with its first batch.
        _sender = null;
        await PublishAsync(0, publisher, 2);

        var left = await _database.KeyTimeToLiveAsync(_names.HistoryBytes);
        Assert.InRange(left.GetValueOrDefault(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
    }

    [RedisFact]
    public async Task Publish_HistoryOfAWrongType_FailsAndLeavesEverythingAsItWas()
    {
        await _database.StringSetAsync(_names.History, "x");
        await _database.StringSetAsync(_names.Counter, 500);
        var publisher = PublisherId.New();

        await Assert.ThrowsAsync<RedisServerException>(() => PublishAsync(0, publisher, 1));

        Assert.Equal(500, await _database.StringGetAsync(_names.Counter));
        await _database.KeyDeleteAsync(_names.Counter);
        await Assert.ThrowsAsync<RedisServerException>(() => PublishAsync(0, publisher, 1));
        Assert.False(await _database.KeyExistsAsync(_names.Counter));
        Assert.False(await _database.KeyExistsAsync(_names.Publisher(publisher)));
        Assert.False(await _database.KeyExistsAsync(_names.HistoryBytes));
    }

    [RedisFact]
    public async Task Publish_CounterThatIsNoId_FailsAndLeavesIt()
    {
        foreach (var value in new[] { "x", "9223372036854775800", "9007199254740993", "-5" })
        {
            await _database.StringSetAsync(_names.Counter, value);

            await Assert.ThrowsAsync<RedisServerException>(() => PublishAsync(floor: 7));

            Assert.Equal(value, await _database.StringGetAsync(_names.Counter));
        }
    }

    [RedisFact]
    public async Task Publish_SizeOfTheHistoryOfAWrongType_BeginsAnew()
    {
        await _database.ListLeftPushAsync(_names.HistoryBytes, "x");
        var publisher = PublisherId.New();

        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(0, publisher, 1)).Outcome);

        Assert.InRange((long)await _database.StringGetAsync(_names.HistoryBytes), 120, 300);
        await AssertAllExpireAsync(publisher);
    }

    private async Task PassAgeAsync()
    {
        await _database.KeyExpireAsync(_names.HistoryBytes, TimeSpan.FromMilliseconds(1));
        await Eventually.BecomesTrueAsync(
            async () => !await _database.KeyExistsAsync(_names.HistoryBytes), "the age has passed");
    }

    // With or without a renewal: also what a batch makes anew.
    private async Task AssertAllExpireAsync(PublisherId publisher)
    {
        foreach (var key in new[] { _names.History, _names.HistoryBytes, _names.Publisher(publisher) })
        {
            var timeToLive = (await _database.KeyTimeToLiveAsync(key)).GetValueOrDefault();
            Assert.InRange(timeToLive, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(70));
        }
    }

    private Task<BatchReply> PublishAsync(ulong floor) => PublishAsync(floor, PublisherId.New(), 1);

    private Task<BatchReply> PublishAsync(ulong floor, PublisherId publisher, ulong number)
    {
        var writer = new FrameWriter();
        writer.Append(new Microsoft.AspNet.SignalR.Messaging.Message("source", "key", "value"));
        _ = writer.Complete(publisher, number, 1);
        return Sender.SendAsync(new BatchRequest(writer.ToFrame(0, 1), 1, publisher, number, Oldest: number, Settled: 0, floor));
    }

    // One for all batches of a test, so that only the first of them renews.
    private RedisBatchSender Sender =>
        _sender ??= new RedisBatchSender(_connection, _names, _slot, _farm, _history, TimeSpan.FromMinutes(1), 0, TimeProvider.System);
}
