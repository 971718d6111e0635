using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Publishing;
using RedisBackplane.Receiving;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>The effect of the scripts on the Redis keys, on a real Redis.</summary>
public sealed class ScriptTests : IAsyncLifetime
{
    // Above the clock in microseconds, as if the ids had begun on a server whose clock was ahead.
    private const ulong AheadOfTheClock = 5_000_000_000_000_000;

    // Its length counts up with the clock, in microseconds, and begins again after 71 minutes.
    private const ulong LeastLeap = 1_048_576;
    private const ulong LongestLeap = LeastLeap + (1UL << 32);

    private readonly string _appName = AppNames.Unique("scripts");
    private RedisConnection _connection = null!;
    private RedisNames _names = null!;
    private RedisStreamContext _stream = null!;
    private RedisFarm _farm = null!;
    private RedisHistory _history = null!;
    private IDatabase _database = null!;
    private RedisBatchSender? _sender;

    public async Task InitializeAsync()
    {
        var redis = await RedisTestServer.GetSharedAsync();
        _connection = await LibraryConnection.OpenAsync(_appName, redis.ConnectionString);
        _database = _connection.Multiplexer.GetDatabase();
        _names = new RedisNames(_appName, 0);
        _stream = StreamOn(_connection);
        _farm = FarmOf(_stream);
        _history = HistoryOf(_stream);
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
        Assert.InRange(reply.Value, AheadOfTheClock + LeastLeap, AheadOfTheClock + LongestLeap);
    }

    [RedisFact]
    public async Task Publish_CounterLostTwiceWithTheClockBehind_GivesNoIdTwice()
    {
        var first = await PublishAsync(floor: AheadOfTheClock);
        await _database.KeyDeleteAsync([_names.Counter, _names.Log]);

        var second = await PublishAsync(floor: AheadOfTheClock);

        Assert.NotEqual(first.Value, second.Value);
    }

    [RedisFact]
    public async Task Publish_CounterSetBackByLittle_LeapsAsWell()
    {
        await _database.StringSetAsync(_names.Counter, AheadOfTheClock);

        Assert.InRange(
            (await PublishAsync(floor: AheadOfTheClock + 10)).Value, AheadOfTheClock + LeastLeap, AheadOfTheClock + LongestLeap);
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
    public async Task Recognize_ServerHasSeenHigherIds_IdsContinueAboveThem()
    {
        // Another Redis assigned them.
        await _farm.RecognizeAsync();
        var publisher = PublisherId.New();
        await _database.StringSetAsync(_names.Counter, 500);
        Assert.Equal(501UL, (await PublishAsync(0, publisher, 1)).Value);

        await new RedisFarm(_stream, CurrentFormat.Instance, ShardedPubSub.Auto, () => 1_000).RecognizeAsync();
        var reply = await PublishAsync(0, publisher, 2);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.True(reply.Value > 1_000, $"{reply.Value} is not above 1000");
        await new RedisFarm(_stream, CurrentFormat.Instance, ShardedPubSub.Auto, () => reply.Value).RecognizeAsync();
        Assert.Equal((long)reply.Value, await _database.StringGetAsync(_names.Counter));
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
        // Everything was lost, and a publisher is quicker than the recognition.
        await _farm.RecognizeAsync();
        await PublishAsync(floor: 400);
        await _database.KeyDeleteAsync([_names.Counter, _names.Server, _names.Log]);
        var reply = await PublishAsync(floor: 400);

        await _farm.RecognizeAsync();

        Assert.Equal((long)reply.Value, await _database.StringGetAsync(_names.Counter));
    }

    [RedisFact]
    public async Task Publish_InAnEpochThatIsOver_IsRefusedAndChangesNothing()
    {
        await _farm.RecognizeAsync();
        var epoch = _stream.Slot.Epoch;
        await _database.StringSetAsync(_names.Server, "of another");
        await _farm.RecognizeAsync();
        Assert.NotEqual(epoch, _stream.Slot.Epoch);
        _stream.Slot.Epoch = epoch;

        var reply = await PublishAsync(floor: 400);

        Assert.Equal(new BatchReply(BatchOutcome.Elsewhere, 0), reply);
        Assert.False(await _database.KeyExistsAsync(_names.Counter));
        Assert.False(await _database.KeyExistsAsync(_names.Log));
    }

    [RedisFact]
    public async Task Publish_RedisThatWasAReplicaInTheMeantime_IsRefused()
    {
        // It keeps its scripts while it is a replica. So it finds the script of its former epoch by the hash.
        await _farm.RecognizeAsync();
        var publisher = PublisherId.New();
        var first = await PublishAsync(0, publisher, 1);
        await PublishAsync(0, publisher, 2);
        await _database.StringSetAsync(_names.Server, "of:0:0:1");

        Assert.Equal(new BatchReply(BatchOutcome.Elsewhere, 0), await PublishAsync(0, publisher, 3));
        Assert.Equal((long)first.Value + 1, await _database.StringGetAsync(_names.Counter));

        await _farm.RecognizeAsync();
        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(0, publisher, 3)).Outcome);
    }

    [RedisFact]
    public async Task Recognize_AnotherServer_NamesTheEpochBefore()
    {
        await _farm.RecognizeAsync();
        var before = _stream.Slot.Epoch;
        await _database.StringSetAsync(_names.Counter, 500);
        await _database.StringSetAsync(_names.Server, "other" + before.Name);

        await _farm.RecognizeAsync();

        Assert.True(_stream.Slot.Epoch.Follows(before));
        Assert.Equal(500ul, _stream.Slot.Epoch.EndedBefore);
    }

    [RedisProcessTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_ReplicaThatTookOverAndNobodyHasRecognised_IsRefused(bool isInStep)
    {
        await using var master = await RedisServerProcess.StartAsync("repl-diskless-sync-delay 0");
        await using var proxy = TcpProxy.Start(master);
        using var connection = await LibraryConnection.OpenAsync(_appName, proxy.EndPoint);
        Use(connection);
        var follow = $"replicaof {RedisServerProcess.Host} {master.Port}";
        var replica = isInStep ? await RedisServerProcess.StartAsync(follow) : null;
        await _farm.RecognizeAsync();
        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(floor: 0)).Outcome);
        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(floor: 0)).Outcome);

        // It copies all keys of the master, including the one that says which Redis gives the ids.
        replica ??= await RedisServerProcess.StartAsync(follow);
        await using var next = replica;
        await using var promoted = await ConnectionMultiplexer.ConnectAsync(next.EndPoint + ",allowAdmin=true");
        await Eventually.BecomesTrueAsync(
            async () => await promoted.GetDatabase().KeyExistsAsync(_names.Server), "the replica is in step");
        await promoted.GetDatabase().ExecuteAsync("REPLICAOF", "NO", "ONE");
        var epoch = _stream.Slot.Epoch;
        proxy.Redirect(next.Port);
        proxy.CutAll();
        await Eventually.BecomesTrueAsync(AnswersAsync, "the connection is back");

        Assert.Equal(BatchOutcome.Elsewhere, (await PublishAsync(floor: 0)).Outcome);
        Assert.Equal(BatchOutcome.Elsewhere, (await PublishAsync(floor: 0)).Outcome);
        var hash = new FrequentScript(PublishScript.Text + "\n--" + epoch.Name).Hash;
        Assert.False(await promoted.GetServers().Single().ScriptExistsAsync(hash));

        await _farm.RecognizeAsync();
        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(floor: 0)).Outcome);
        await Assert.ThrowsAsync<BackplaneException>(async () =>
        {
            _stream.Slot.Epoch = epoch;
            await _history.ReadAsync(0, default, wantsFrames: true);
        });
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await _database.PingAsync();
            return true;
        }
        catch (RedisConnectionException)
        {
            return false;
        }
    }

    private void Use(RedisConnection connection)
    {
        _stream = StreamOn(connection);
        _farm = FarmOf(_stream);
        _history = HistoryOf(_stream);
        _database = connection.Multiplexer.GetDatabase();
        _sender = null;
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
        Assert.Equal([501, 502, 503], await ReadIdsAsync(500));
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
    public async Task Publish_SeveralTurnsOfTheHistory_KeepsTheLastInNoMoreMemoryThanAsked()
    {
        const int Limit = 512 * 1024;
        _history = HistoryOf(_stream, Limit);
        var publisher = PublisherId.New();
        for (var number = 1ul; number <= 400; number++)
        {
            await PublishAsync(0, publisher, number, new string('x', 5_000));
        }

        var last = (ulong)await _database.StringGetAsync(_names.Counter);
        var ids = (await ReadIdsAsync(last - 60)).Where(id => id > last - 60);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => last - 59 + (ulong)i), ids);
        Assert.InRange((await ReadIdsAsync(0)).Count, 80, Limit / 5_000);
        var memory = 0L;
        foreach (var (segment, _) in await SegmentsAsync())
        {
            memory += (long)await _database.ExecuteAsync("MEMORY", "USAGE", _names.Segment(segment));
        }

        Assert.InRange(memory, Limit * 0.9, Limit * 1.1);
        await AssertAllExpireAsync(publisher);
    }

    [RedisTheory]
    [InlineData(300_000)] // larger than a segment
    [InlineData(3_000_000)] // larger than a page
    public async Task Publish_LargeFrame_IsKeptWholeAmongOthers(int bytes)
    {
        _history = HistoryOf(_stream, 4_000_000);
        var publisher = PublisherId.New();
        await PublishAsync(0, publisher, 1);
        var large = await PublishAsync(0, publisher, 2, new string('x', bytes));
        await PublishAsync(0, publisher, 3);

        Assert.Equal([large.Value - 1, large.Value, large.Value + 1], await ReadIdsAsync(0));
        Assert.Equal([large.Value, large.Value + 1], (await ReadIdsAsync(large.Value - 1)).Where(id => id >= large.Value));
    }

    [RedisFact]
    public async Task Publish_FrameThatTheHistoryCannotHold_GoesOutAndIsNotKept()
    {
        _history = HistoryOf(_stream, 64 * 1024);
        var publisher = PublisherId.New();
        await PublishAsync(0, publisher, 1);

        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(0, publisher, 2, new string('x', 100_000))).Outcome);
        var third = await PublishAsync(0, publisher, 3);

        Assert.Equal([third.Value - 2, third.Value], await ReadIdsAsync(0));
    }

    [RedisFact]
    public async Task Publish_ServersWithOtherLimits_ShareOneHistory()
    {
        var publisher = PublisherId.New();
        var first = 0ul;
        for (var number = 1ul; number <= 40; number++)
        {
            (_history, _sender) = (HistoryOf(_stream, number % 2 == 0 ? 4_000_000 : 128 * 1024), null);
            var reply = await PublishAsync(0, publisher, number, new string('x', 2_000));
            first = first == 0 ? reply.Value : first;
        }

        var ids = (await ReadIdsAsync(first + 29)).Where(id => id >= first + 30);
        Assert.Equal(Enumerable.Range(30, 10).Select(i => first + (ulong)i), ids);
    }

    [RedisFact]
    public async Task Publish_SegmentHasReachedHalfOfItsLife_TheNextOneBegins()
    {
        var publisher = PublisherId.New();
        await PublishAsync(0, publisher, 1);
        var before = Assert.Single(await SegmentsAsync()).Segment;
        await _database.KeyExpireAsync(_names.Segment(before), TimeSpan.FromSeconds(50));

        // A new sender renews with its first batch.
        _sender = null;
        await PublishAsync(0, publisher, 2);

        Assert.Equal([before + 1, before], (await SegmentsAsync()).Select(segment => segment.Segment));
        var left = await _database.KeyTimeToLiveAsync(_names.Segment(before));
        Assert.InRange(left.GetValueOrDefault(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(50));
        Assert.Equal(2, (await ReadIdsAsync(0)).Count);
    }

    [RedisTheory]
    [InlineData("DEL", "log")]
    [InlineData("SET", "log", "x")]
    [InlineData("BITFIELD", "log", "SET", "i64", "#0", "9223372036854775807")]
    [InlineData("BITFIELD", "log", "SET", "i64", "#1", "-1")]
    public async Task Publish_StateOfTheHistoryDamaged_GoesOnAboveAndKeepsWhatThereWas(params string[] command)
    {
        var publisher = PublisherId.New();
        var first = await PublishAsync(0, publisher, 1);
        await PublishAsync(0, publisher, 2);
        Assert.Equal(2, (await ReadIdsAsync(0)).Count);
        command[1] = _names.Log!;
        await _database.ExecuteAsync(command[0], [.. command.Skip(1)]);

        await PublishAsync(0, publisher, 3);

        Assert.Equal([first.Value, first.Value + 1, first.Value + 2], await ReadIdsAsync(0));
        await AssertAllExpireAsync(publisher);
    }

    [RedisTheory]
    [InlineData("DEL")]
    [InlineData("SET", "x")]
    [InlineData("LPUSH", "x")]
    public async Task Publish_SegmentLost_KeepsWhatFollows(params string[] command)
    {
        var publisher = PublisherId.New();
        var first = await PublishAsync(0, publisher, 1);
        RedisKey segment = _names.Segment(Assert.Single(await SegmentsAsync()).Segment);
        await _database.KeyDeleteAsync(segment);
        await _database.ExecuteAsync(command[0], [segment, .. command.Skip(1)]);

        await PublishAsync(0, publisher, 2);
        await PublishAsync(0, publisher, 3);

        Assert.Equal([first.Value + 1, first.Value + 2], await ReadIdsAsync(first.Value));
        await AssertAllExpireAsync(publisher);
    }

    [RedisFact]
    public async Task Read_BytesDamagedInTheMiddle_GivesTheRest()
    {
        var publisher = PublisherId.New();
        var first = await PublishAsync(0, publisher, 1);
        for (var number = 2ul; number <= 5; number++)
        {
            await PublishAsync(0, publisher, number);
        }

        var segment = Assert.Single(await SegmentsAsync());
        await _database.StringSetRangeAsync(_names.Segment(segment.Segment), segment.First!.Value.Size - 10, new string('x', 20));

        // The header of the first record is still valid; the reader of frames judges its content. The second record is
        // lost.
        Assert.Equal([first.Value + 2, first.Value + 3, first.Value + 4], (await ReadIdsAsync(first.Value)).Where(id => id > first.Value));
    }

    [RedisFact]
    public async Task Read_FromWhereAFrameEnded_GivesWhatFollowsAndNothingElse()
    {
        var publisher = PublisherId.New();
        var first = await PublishAsync(0, publisher, 1);
        await PublishAsync(0, publisher, 2);
        var end = (await ReadFramesAsync(first.Value - 1))[0].Header.End;

        var page = await _history.ReadAsync(first.Value, HistoryPosition.Behind(end), wantsFrames: true);

        Assert.Single(page.Frames!);
        Assert.Empty((await _history.ReadAsync(first.Value + 1, page.Next, wantsFrames: true)).Frames!);

        // A position of another log is not trusted.
        Assert.Equal(2, (await _history.ReadAsync(first.Value - 1, HistoryPosition.Behind(end), wantsFrames: true)).Frames!.Length);
        Assert.Equal(2, (await _history.ReadAsync(first.Value - 1, HistoryPosition.Behind(end + 7), wantsFrames: true)).Frames!.Length);
    }

    [RedisFact]
    public async Task Publish_CounterSetBackBelowTheHistory_GoesOnAboveIt()
    {
        var publisher = PublisherId.New();
        var first = await PublishAsync(0, publisher, 1);
        await PublishAsync(0, publisher, 2);
        await _database.StringSetAsync(_names.Counter, (long)first.Value - 1);

        Assert.Equal(first.Value + 2, (await PublishAsync(0, publisher, 3)).Value);
        Assert.Equal([first.Value, first.Value + 1, first.Value + 2], await ReadIdsAsync(0));
    }

    [RedisProcessTheory]
    [InlineData("SETRANGE")]
    [InlineData("PEXPIRE")]
    [InlineData("BITFIELD")]
    public async Task Publish_HistoryCannotBeWritten_FailsAndLeavesEverythingAsItWas(string command)
    {
        await using var redis = await RedisServerProcess.StartAsync($"rename-command {command} \"\"");
        using var connection = await LibraryConnection.OpenAsync(_appName, redis.EndPoint);
        var stream = StreamOn(connection);
        _sender = new RedisBatchSender(stream, FarmOf(stream), HistoryOf(stream), TimeSpan.FromMinutes(1), waitForReplicas: 0);
        var database = connection.Multiplexer.GetDatabase();
        await database.StringSetAsync(_names.Counter, 500);
        var publisher = PublisherId.New();

        var exception = await Assert.ThrowsAsync<RedisServerException>(() => PublishAsync(0, publisher, 1).AsTask());

        Assert.Contains($"({command})", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(500, await database.StringGetAsync(_names.Counter));
        Assert.False(await database.KeyExistsAsync(_names.Log));
        Assert.False(await database.KeyExistsAsync(_names.Publisher(publisher)));
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
            await _database.ListRightPushAsync(_names.Counter, "x");
        }
        else
        {
            await _database.StringSetAsync(_names.Counter, value);
        }

        Assert.Null(await _history.ReadCounterAsync());

        var reply = await PublishAsync(floor: AheadOfTheClock);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.InRange(reply.Value, AheadOfTheClock + 1, RedisHistory.HighestId);
        Assert.Equal(reply.Value, await _history.ReadCounterAsync());
        Assert.Equal(reply.Value + 1, (await PublishAsync(floor: reply.Value)).Value);
    }

    // With or without a renewal, and also for keys that a batch creates.
    private async Task AssertAllExpireAsync(PublisherId publisher)
    {
        var publisherTtl = (await _database.KeyTimeToLiveAsync(_names.Publisher(publisher))).GetValueOrDefault();
        Assert.InRange(publisherTtl, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(70));
        RedisKey[] keys = [_names.Log, .. (await SegmentsAsync()).Select(segment => _names.Segment(segment.Segment))];
        foreach (var key in keys)
        {
            // Twice the time for which a record is kept at least.
            var left = await _database.KeyTimeToLiveAsync(key);
            Assert.InRange(left.GetValueOrDefault(), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(140));
        }
    }

    private RedisStreamContext StreamOn(RedisConnection connection) =>
        new(_appName, connection, _names, NullLogger.Instance, TimeProvider.System);

    private static RedisFarm FarmOf(RedisStreamContext stream) =>
        new(stream, CurrentFormat.Instance, ShardedPubSub.Auto, static () => 0);

    private static RedisHistory HistoryOf(RedisStreamContext stream, long bytes = 1_000_000) =>
        new(stream, new HistoryLimits(bytes, TimeSpan.FromMinutes(1)));

    private async Task<List<(ulong Segment, RecordHeader? First)>> SegmentsAsync()
    {
        var state = HistoryLayout.ReadState(await _database.StringGetAsync(_names.Log));
        var reader = new HistoryReader((key, start, end) => _database.StringGetRangeAsync(key, start, end), _names, 64);
        return await reader.ListAsync(state!.Value.End, static _ => false);
    }

    private async Task<List<ulong>> ReadIdsAsync(ulong after) =>
        [.. (await ReadFramesAsync(after)).Select(frame => frame.Header.LastId)];

    private async Task<List<Frame>> ReadFramesAsync(ulong after)
    {
        var (frames, assembly, from) = (new List<Frame>(), new FrameAssembly(), default(HistoryPosition));
        while (await _history.ReadAsync(after, from, wantsFrames: true) is { Frames.Length: > 0 } page)
        {
            from = page.Next;
            foreach (var payload in page.Frames)
            {
                if (assembly.TryComplete(payload, out var frame, out _))
                {
                    frames.Add(frame);
                }
            }
        }

        return frames;
    }

    private ValueTask<BatchReply> PublishAsync(ulong floor) => PublishAsync(floor, PublisherId.New(), 1);

    private ValueTask<BatchReply> PublishAsync(ulong floor, PublisherId publisher, ulong number, string value = "value")
    {
        var writer = new FrameWriter();
        writer.Append(new Microsoft.AspNet.SignalR.Messaging.Message("source", "key", value));
        _ = writer.Complete(publisher, number, 1);
        return Sender.SendAsync(new BatchRequest(writer.ToFrame(0, 1), 1, publisher, number, Oldest: number, Claim: 0, floor));
    }

    // One sender for all batches of a test, so that only the first batch renews.
    private RedisBatchSender Sender =>
        _sender ??= new RedisBatchSender(_stream, _farm, _history, TimeSpan.FromMinutes(1), waitForReplicas: 0);
}
