namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>The history that the script of a batch keeps, on a real Redis.</summary>
public sealed class HistoryScriptTests : ScriptTest
{
    [RedisFact]
    public async Task Publish_SeveralTurnsOfTheHistory_KeepsTheLastInNoMoreMemoryThanAsked()
    {
        const int Limit = 512 * 1024;
        LimitHistory(Limit);
        for (var number = 1ul; number <= 400; number++)
        {
            await PublishAsync(number, new string('x', 5_000));
        }

        var last = (ulong)await Database.StringGetAsync(Names.Counter);
        var ids = (await ReadIdsAsync(last - 60)).Where(id => id > last - 60);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => last - 59 + (ulong)i), ids);
        Assert.InRange((await ReadIdsAsync(0)).Count, 80, Limit / 5_000);
        var memory = 0L;
        foreach (var (segment, _) in await SegmentsAsync())
        {
            memory += (long)await Database.ExecuteAsync("MEMORY", "USAGE", Names.Segment(segment));
        }

        Assert.InRange(memory, Limit * 0.9, Limit * 1.1);
        await AssertAllExpireAsync();
    }

    [RedisTheory]
    [InlineData(300_000)] // larger than a segment
    [InlineData(3_000_000)] // larger than a page
    public async Task Publish_LargeFrame_IsKeptWholeAmongOthers(int bytes)
    {
        LimitHistory(4_000_000);
        await PublishAsync(1);
        var large = await PublishAsync(2, new string('x', bytes));
        await PublishAsync(3);

        Assert.Equal([large.Value - 1, large.Value, large.Value + 1], await ReadIdsAsync(0));
        Assert.Equal([large.Value, large.Value + 1], (await ReadIdsAsync(large.Value - 1)).Where(id => id >= large.Value));
    }

    [RedisFact]
    public async Task Publish_FrameThatTheHistoryCannotHold_GoesOutAndIsNotKept()
    {
        LimitHistory(64 * 1024);
        await PublishAsync(1);

        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(2, new string('x', 100_000))).Outcome);
        var third = await PublishAsync(3);

        Assert.Equal([third.Value - 2, third.Value], await ReadIdsAsync(0));
    }

    [RedisFact]
    public async Task Publish_ServersWithOtherLimits_ShareOneHistory()
    {
        var first = 0ul;
        for (var number = 1ul; number <= 40; number++)
        {
            LimitHistory(number % 2 == 0 ? 4_000_000 : 128 * 1024);
            var reply = await PublishAsync(number, new string('x', 2_000));
            first = first == 0 ? reply.Value : first;
        }

        var ids = (await ReadIdsAsync(first + 29)).Where(id => id >= first + 30);
        Assert.Equal(Enumerable.Range(30, 10).Select(i => first + (ulong)i), ids);
    }

    [RedisFact]
    public async Task Publish_SegmentHasReachedHalfOfItsLife_TheNextOneBegins()
    {
        await PublishAsync(1);
        var before = Assert.Single(await SegmentsAsync()).Segment;
        await Database.KeyExpireAsync(Names.Segment(before), TimeSpan.FromSeconds(50));

        // A new sender renews with its first batch.
        RenewSender();
        await PublishAsync(2);

        Assert.Equal([before + 1, before], (await SegmentsAsync()).Select(segment => segment.Segment));
        var left = await Database.KeyTimeToLiveAsync(Names.Segment(before));
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
        var first = await PublishAsync(1);
        await PublishAsync(2);
        Assert.Equal(2, (await ReadIdsAsync(0)).Count);
        command[1] = Names.Log!;
        await Database.ExecuteAsync(command[0], [.. command.Skip(1)]);

        await PublishAsync(3);

        Assert.Equal([first.Value, first.Value + 1, first.Value + 2], await ReadIdsAsync(0));
        await AssertAllExpireAsync();
    }

    [RedisTheory]
    [InlineData("DEL")]
    [InlineData("SET", "x")]
    [InlineData("LPUSH", "x")]
    public async Task Publish_SegmentLost_KeepsWhatFollows(params string[] command)
    {
        var first = await PublishAsync(1);
        RedisKey segment = Names.Segment(Assert.Single(await SegmentsAsync()).Segment);
        await Database.KeyDeleteAsync(segment);
        await Database.ExecuteAsync(command[0], [segment, .. command.Skip(1)]);

        await PublishAsync(2);
        await PublishAsync(3);

        Assert.Equal([first.Value + 1, first.Value + 2], await ReadIdsAsync(first.Value));
        await AssertAllExpireAsync();
    }

    [RedisFact]
    public async Task Read_BytesDamagedInTheMiddle_GivesTheRest()
    {
        var first = await PublishAsync(1);
        for (var number = 2ul; number <= 5; number++)
        {
            await PublishAsync(number);
        }

        var segment = Assert.Single(await SegmentsAsync());
        await Database.StringSetRangeAsync(Names.Segment(segment.Segment), segment.First!.Value.Size - 10, new string('x', 20));

        // The header of the first record is still valid; the reader of frames judges its content. The second record is
        // lost.
        Assert.Equal([first.Value + 2, first.Value + 3, first.Value + 4], (await ReadIdsAsync(first.Value)).Where(id => id > first.Value));
    }

    [RedisFact]
    public async Task Read_FromWhereAFrameEnded_GivesWhatFollowsAndNothingElse()
    {
        var first = await PublishAsync(1);
        await PublishAsync(2);
        var end = (await ReadFramesAsync(first.Value - 1))[0].Header.End;

        var page = await History.ReadAsync(first.Value, HistoryPosition.Behind(end), wantsFrames: true);

        Assert.Single(page.Frames!);
        Assert.Empty((await History.ReadAsync(first.Value + 1, page.Next, wantsFrames: true)).Frames!);

        // A position of another log is not trusted.
        Assert.Equal(2, (await History.ReadAsync(first.Value - 1, HistoryPosition.Behind(end), wantsFrames: true)).Frames!.Length);
        Assert.Equal(2, (await History.ReadAsync(first.Value - 1, HistoryPosition.Behind(end + 7), wantsFrames: true)).Frames!.Length);
    }

    [RedisProcessTheory]
    [InlineData("SETRANGE")]
    [InlineData("PEXPIRE")]
    [InlineData("BITFIELD")]
    public async Task Publish_HistoryCannotBeWritten_FailsAndLeavesEverythingAsItWas(string command)
    {
        await using var redis = await RedisServerProcess.StartAsync($"rename-command {command} \"\"");
        using var connection = await OpenAsync(redis.EndPoint);
        Use(connection);
        await Database.StringSetAsync(Names.Counter, 500);

        var exception = await Assert.ThrowsAsync<RedisServerException>(() => PublishAsync(1).AsTask());

        Assert.Contains($"({command})", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(500, await Database.StringGetAsync(Names.Counter));
        Assert.False(await Database.KeyExistsAsync(Names.Log));
        Assert.False(await Database.KeyExistsAsync(Names.Publisher(Publisher)));
    }

    /// <summary>The last step fails. The batch after it has the same ids, and may be in another segment.</summary>
    [RedisProcessTheory]
    [InlineData(100)]
    [InlineData(4000)]
    public async Task Publish_ChannelRefused_LeavesNothingThatIsRead(int bytesOfTheNext)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        using var connection = await OpenAsync(redis.EndPoint);
        Use(connection);
        LimitHistory(64 * 1024);
        var first = (await PublishAsync(1)).Value;
        var state = await Database.StringGetAsync(Names.Log);

        await Database.ExecuteAsync("ACL", "SETUSER", "default", "-publish");
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => PublishAboveAsync(first).AsTask());
        await Database.ExecuteAsync("ACL", "SETUSER", "default", "+publish");

        Assert.Contains("(publish)", exception.Message, StringComparison.Ordinal);
        Assert.Equal(first, await History.ReadCounterAsync());
        Assert.Equal(state, await Database.StringGetAsync(Names.Log));
        Assert.Equal(first + 1, (await PublishAsync(2, new string('x', bytesOfTheNext))).Value);
        Assert.Equal(2, (await ReadFramesAsync(0)).Count(frame => frame.Header.Publisher == Publisher));
        Assert.Equal([first, first + 1], await ReadIdsAsync(0));
    }
}
