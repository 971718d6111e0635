using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Legacy;

namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>What the scripts for the older package's format do to a real Redis: its keys and the channel.</summary>
public sealed class LegacyScriptTests : IAsyncLifetime
{
    private const ulong TooHighForTheOlderPackage = 100_000_000_000_000;

    private readonly string _appName = AppNames.Unique("legacy");
    private readonly PublisherId _publisher = PublisherId.New();
    private readonly HighestId _floor = new();
    private RedisConnection _connection = null!;
    private RedisNames _names = null!;
    private IDatabase _database = null!;

    public async Task InitializeAsync()
    {
        var redis = await RedisTestServer.GetSharedAsync();
        _connection = await LibraryConnection.OpenAsync(_appName, redis.ConnectionString);
        _database = _connection.Multiplexer.GetDatabase();
        _names = LegacyFormat.Instance.NamesOf(_appName, 0, 0);
    }

    public Task DisposeAsync()
    {
        _connection?.Dispose();
        return Task.CompletedTask;
    }

    [RedisFact]
    public async Task Publish_BatchOfTwo_WritesTheFormatByteByByteOnTheChannelAndInTheHistory()
    {
        await _database.StringSetAsync(_appName, 500);
        var channel = await _connection.Multiplexer.GetSubscriber().SubscribeAsync(_names.Channel);

        Assert.Equal(new BatchReply(BatchOutcome.Stored, 501), await PublishAsync(1, "hello", "x"));

        // Of the first 44 bytes behind the id: the length, the count, and the message; then the time.
        byte[] written = [.. (byte[])(await channel.ReadAsync()).Message!];
        var name = new byte[PublisherId.Size];
        _publisher.Write(name);
        Assert.Equal(
            [
                .. "501 "u8, 0x1D, 0, 0, 0, 1, 0, 0, 0, 1, (byte)'s', 1, (byte)'k', 5, 0, 0, 0, .. "hello"u8, 0, 0, 0, 0,
                .. BitConverter.GetBytes(UnixTime.ToTicks(1)),
                .. "RBP"u8, 1, .. name, 0, 0, 1, 0, 0, 0, 0, 0, 0xF4, 1, 0, 0, 0, 0, 0, 0,
            ],
            written);
        var second = (byte[])(await channel.ReadAsync()).Message!;
        Assert.StartsWith("502 ", Encoding.ASCII.GetString(second, 0, 10), StringComparison.Ordinal);
        Assert.Equal(501ul, BitConverter.ToUInt64(second, second.Length - 8));

        Assert.Equal([written, second], await ReadAsync(500));
        Assert.Equal(["502", "502", "1"], await ValuesAsync(_appName, _names.Counter, _names.Publisher(_publisher)));
        foreach (var key in new[] { _names.Publisher(_publisher), _names.Log })
        {
            Assert.NotNull(await _database.KeyTimeToLiveAsync(key));
        }
    }

    [RedisFact]
    public async Task Publish_SameBatchTwice_IsRecognised()
    {
        await PublishAsync(1, "a", "b");
        var counter = await ValuesAsync(_appName);

        Assert.Equal(BatchOutcome.StoredBefore, (await PublishAsync(1, "a", "b")).Outcome);
        Assert.Equal(BatchOutcome.OutOfTurn, (await PublishAsync(3, oldest: 2, "c")).Outcome);

        Assert.Equal(counter, await ValuesAsync(_appName));
        Assert.Equal(2, (await ReadAsync(0)).Count);
    }

    [RedisFact]
    public async Task Publish_OneOfTheCountersIsHigher_GoesOnFromThere()
    {
        await _database.StringSetAsync(_appName, 500);
        await _database.StringSetAsync(_names.Counter, 700);
        Assert.Equal(701ul, (await PublishAsync(1, "a")).Value);

        await _database.StringIncrementAsync(_appName, 100);
        Assert.Equal(802ul, (await PublishAsync(2, "b")).Value);

        Assert.Equal(["802", "802"], await ValuesAsync(_appName, _names.Counter));
    }

    [RedisFact]
    public async Task Publish_CountersBelowTheFloor_LeapsAndStaysLowEnoughForTheOlderPackage()
    {
        await _database.StringSetAsync(_appName, 5);
        _floor.Raise(900);

        var first = (await PublishAsync(1, "a")).Value;
        _floor.Raise(first + 10);
        var second = (await PublishAsync(2, "b")).Value;

        Assert.InRange(first, 1_600_000_000_000ul, TooHighForTheOlderPackage);
        Assert.InRange(second, first + 1_000_000, first + 2_000_000_000);
    }

    [RedisFact]
    public async Task Publish_CounterLostAndTheHistoryNot_GoesOnAboveTheHistory()
    {
        await _database.StringSetAsync(_appName, 500);
        await PublishAsync(1, "a");
        await _database.KeyDeleteAsync([_appName, _names.Counter]);
        await _database.StringSetAsync(_appName, 3);

        Assert.Equal(502ul, (await PublishAsync(2, "b")).Value);
    }

    [RedisTheory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("9007199254740993")]
    [InlineData(null)]
    public async Task Publish_CounterIsNoId_IsReplacedAboveAllThatIsKnown(string? counter)
    {
        if (counter is null)
        {
            await _database.ListRightPushAsync(_appName, "x");
        }
        else
        {
            await _database.StringSetAsync(_appName, counter);
        }

        var reply = await PublishAsync(1, "a");

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.InRange(reply.Value, 1_600_000_000_000ul, TooHighForTheOlderPackage);
        Assert.Equal([$"{reply.Value}", $"{reply.Value}"], await ValuesAsync(_appName, _names.Counter));
    }

    [RedisFact]
    public async Task Publish_BatchLargerThanASegment_IsKeptWhole()
    {
        await _database.StringSetAsync(_appName, 500);
        string[] values = [.. Enumerable.Range(0, 30).Select(i => new string('x', 1_000) + i)];
        await PublishAsync(1, historyBytes: 64 * 1024, "a");
        await PublishAsync(2, historyBytes: 64 * 1024, values);
        await PublishAsync(3, historyBytes: 64 * 1024, "b");

        var kept = await ReadAsync(501);
        Assert.Equal(
            Enumerable.Range(502, 31).Select(id => id + " "),
            kept.SkipWhile(payload => payload[2] == '1').Select(payload => Encoding.ASCII.GetString(payload, 0, 4)));
    }

    [RedisProcessFact]
    public async Task Publish_AStepIsRefused_LeavesNoRecordOfTheBatch()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        using var connection = await LibraryConnection.OpenAsync(_appName, redis.EndPoint);
        (_connection, var shared) = (connection, _connection);
        _database = connection.Multiplexer.GetDatabase();
        await PublishAsync(1, "a");
        var state = await _database.StringGetAsync(_names.Log);

        await _database.ExecuteAsync("ACL", "SETUSER", "default", "-pexpire");
        await Assert.ThrowsAnyAsync<Exception>(() => PublishAsync(2, "b", "c", "d").AsTask());
        await _database.ExecuteAsync("ACL", "SETUSER", "default", "+pexpire");

        Assert.Equal(state, await _database.StringGetAsync(_names.Log));
        var segment = HistoryLayout.SegmentOf(HistoryLayout.ReadState(state)!.Value.End);
        var bytes = (byte[])(await _database.StringGetAsync(_names.Segment(segment)))!;
        Assert.Single(Enumerable.Range(0, bytes.Length), at => bytes.AsSpan(at).StartsWith(HistoryLayout.WrappedMagic));
        _connection = shared;
    }

    [RedisFact]
    public async Task Recognize_FirstTimeOrSameServer_LeavesTheCounterOfTheFarm()
    {
        await _database.StringSetAsync(_appName, 500);

        await Farm(_names).RecognizeAsync();
        await Farm(_names).RecognizeAsync();
        await Farm(new RedisNames(_appName, 0)).RecognizeAsync();

        Assert.Equal(["500"], await ValuesAsync(_appName));
        Assert.Equal(501ul, (await PublishAsync(1, "a")).Value);
    }

    [RedisTheory]
    [InlineData("server:legacy")]
    [InlineData("server")] // the farm goes back to the older format
    public async Task Recognize_AnotherServer_SetsBothCountersAhead(string key)
    {
        await _database.StringSetAsync(_appName, 500);
        await _database.StringSetAsync(_names.Key(key), "of:0:0:1");

        await Farm(_names).RecognizeAsync();

        var values = await ValuesAsync(_appName, _names.Counter);
        Assert.Equal(values[0], values[1]);
        Assert.InRange(ulong.Parse(values[0], CultureInfo.InvariantCulture), 1_600_000_000_000ul, TooHighForTheOlderPackage);
        await Farm(_names).RecognizeAsync();
        Assert.Equal(values, await ValuesAsync(_appName, _names.Counter));
    }

    [RedisTheory]
    [InlineData("server")]
    [InlineData("server:legacy")]
    public async Task Recognize_EpochOfAWrongType_IsReplaced(string key)
    {
        await _database.StringSetAsync(_appName, 500);
        await Farm(_names).RecognizeAsync();
        await _database.KeyDeleteAsync(_names.Key(key));
        await _database.ListLeftPushAsync(_names.Key(key), "x");

        await Farm(_names).RecognizeAsync();

        Assert.NotEqual("none", (await ValuesAsync(_names.Key(key)))[0]);
    }

    [RedisFact]
    public async Task Recognize_CounterBelowTheFloor_SetsItAhead()
    {
        await _database.StringSetAsync(_appName, 2);
        _floor.Raise(900);

        await Farm(_names).RecognizeAsync();

        var counter = ulong.Parse((await ValuesAsync(_appName))[0], CultureInfo.InvariantCulture);
        Assert.InRange(counter, 1_600_000_000_000ul, TooHighForTheOlderPackage);
    }

    private async Task<string[]> ValuesAsync(params RedisKey[] keys) =>
        [.. (await _database.StringGetAsync(keys)).Select(value => (string?)value ?? "none")];

    private RedisStreamContext Stream(RedisNames names) =>
        new(_appName, _connection, names, NullLogger.Instance, TimeProvider.System);

    private RedisFarm Farm(RedisNames names) =>
        new(
            Stream(names), names.OtherCounter is null ? CurrentFormat.Instance : LegacyFormat.Instance, ShardedPubSub.Auto,
            () => _floor.Value);

    private async Task<List<byte[]>> ReadAsync(ulong after)
    {
        var (payloads, from) = (new List<byte[]>(), default(HistoryPosition));
        while (await History(1_000_000).ReadAsync(after, from, wantsFrames: true) is { Frames.Length: > 0 } page)
        {
            from = page.Next;
            payloads.AddRange(page.Frames);
        }

        return payloads;
    }

    private RedisHistory History(long bytes) =>
        new(Stream(_names), new HistoryLimits(bytes, TimeSpan.FromMinutes(1)));

    private ValueTask<BatchReply> PublishAsync(ulong number, params string[] values) => PublishAsync(number, number, 1_000_000, values);

    private ValueTask<BatchReply> PublishAsync(ulong number, int historyBytes, params string[] values) =>
        PublishAsync(number, number, historyBytes, values);

    private ValueTask<BatchReply> PublishAsync(ulong number, ulong oldest, params string[] values) =>
        PublishAsync(number, oldest, 1_000_000, values);

    private ValueTask<BatchReply> PublishAsync(ulong number, ulong oldest, int historyBytes, string[] values)
    {
        var writer = new FrameWriter();
        foreach (var value in values)
        {
            writer.Append(new Message("s", "k", value));
        }

        _ = writer.Complete(_publisher, number, 1);
        var sender = LegacyFormat.Instance.CreateSender(
            Stream(_names), Farm(_names), History(historyBytes), TimeSpan.FromMinutes(1), waitForReplicas: 0);
        return sender.SendAsync(
            new BatchRequest(writer.Frame.ToArray(), values.Length, _publisher, number, oldest, Claim: 0, _floor.Value));
    }
}
