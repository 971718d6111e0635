using System.Buffers.Binary;
using Moq;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class RedisHistoryTests : MockedRedisTest
{
    private const ulong Segment = 1_000;

    private readonly Dictionary<string, byte[]> _strings = [];
    private readonly Dictionary<string, string> _errors = [];

    // Reads of the beginning of a segment, which find out whether it exists.
    private int _looks;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Redis.Database
            .Setup(database => database.StringGetAsync(It.IsAny<RedisKey>(), CommandFlags.NoRedirect))
            .Returns((RedisKey key, CommandFlags _) => Read(key!, "GET", 0, -1));
        Redis.Database
            .Setup(database => database.StringGetRangeAsync(
                It.IsAny<RedisKey>(), It.IsAny<long>(), It.IsAny<long>(), CommandFlags.NoRedirect))
            .Returns((RedisKey key, long start, long end, CommandFlags _) => Read(key!, "GETRANGE", start, end));
    }

    [Fact]
    public async Task ReadAsync_FromNowhere_GivesTheCounterAndWhatFollowsTheId()
    {
        _strings["{Chat}:counter"] = "120"u8.ToArray();
        Log(Segment, Records(Segment, 100, 101, 102));

        var page = await Create().ReadAsync(101, default, wantsFrames: true);

        Assert.Equal(120ul, page.Counter);
        Assert.Equal([100ul, 101ul, 102ul], page.Frames!.Select(IdOf));
        Assert.Equal(HistoryPosition.Continue(HistoryLayout.StartOf(Segment) + (ulong)page.Frames!.Sum(frame => frame.Length)), page.Next);
    }

    [Fact]
    public async Task ReadAsync_SeveralSegments_BeginsInTheOneThatHoldsWhatFollows()
    {
        Log(Segment, Records(Segment, 100, 101));
        Log(Segment + 1, Records(Segment + 1, 102, 103));
        Log(Segment + 3, Records(Segment + 3, 104));

        Assert.Equal([102ul, 103ul, 104ul], (await ReadAllAsync(102)).Select(IdOf));
        Assert.Equal([100ul, 101ul, 102ul, 103ul, 104ul], (await ReadAllAsync(0)).Select(IdOf));
    }

    [Fact]
    public async Task ReadAsync_FromNowhere_LooksOnlyAtSegmentsThatMayExist()
    {
        Log(Segment, Records(Segment, 100, 101));
        var limits = new HistoryLimits(1_000_000, TimeSpan.FromMinutes(1));

        await Create().ReadAsync(100, default, wantsFrames: true);

        Assert.InRange(_looks, limits.Segments, limits.Segments + 1);
    }

    /// <summary>The state of the log was lost, and the log had been slower than the clock for months.</summary>
    [Fact]
    public async Task ReadAsync_SegmentsFarApart_FindsTheNextOnesInFewLooks()
    {
        Log(Segment, Records(Segment, 100, 101));
        Log(Segment + 5_000_000, Records(Segment + 5_000_000, 200, 201));
        Log(Segment + 5_000_001, Records(Segment + 5_000_001, 202));

        var from = HistoryPosition.Continue(HistoryLayout.StartOf(Segment));
        Assert.Equal([100ul, 101ul, 200ul, 201ul, 202ul], (await ReadAllAsync(99, from)).Select(IdOf));
        Assert.InRange(_looks, 1, 1_000);
    }

    [Fact]
    public async Task ReadAsync_ServersWithOtherLimitsKeepMoreSegments_FindsThemToo()
    {
        var segments = (ulong)new HistoryLimits(1_000_000, TimeSpan.FromMinutes(1)).Segments * 3;
        for (var i = 0UL; i < segments; i++)
        {
            Log(Segment + i, Records(Segment + i, 100 + i));
        }

        Assert.Equal(segments, (ulong)(await ReadAllAsync(0)).Count);
    }

    [Fact]
    public async Task ReadAsync_AnotherEpochThanBefore_BeginsWhereItDid()
    {
        Log(Segment, Records(Segment, 100, 101));
        Log(Segment + 1, Records(Segment + 1, 102, 103));
        _strings["{Chat}:counter"] = "103"u8.ToArray();
        var stream = Redis.Stream;
        var history = new RedisHistory(stream, new HistoryLimits(1_000_000, TimeSpan.FromMinutes(1)));
        stream.Slot.Epoch = new Epoch("one:0:0:1", true);
        var page = await history.ReadAsync(200, default, wantsFrames: true);
        Assert.Equal([102ul, 103ul], page.Frames!.Select(IdOf));

        stream.Slot.Epoch = new Epoch("two:100:1:2", true);
        page = await history.ReadAsync(200, HistoryPosition.Behind(page.Next.Value), wantsFrames: true);

        Assert.Equal([100ul, 101ul], page.Frames!.Select(IdOf));
        Assert.Equal(100ul, page.EpochAfter);
    }

    [Fact]
    public async Task ReadAsync_CounterWasEvictedBeforeAnotherEpoch_HasReadUpToTheLastIdOfTheLog()
    {
        Log(Segment, Records(Segment, 100, 101, 102));
        var stream = Redis.Stream;
        var history = new RedisHistory(stream, new HistoryLimits(1_000_000, TimeSpan.FromMinutes(1)));
        stream.Slot.Epoch = new Epoch("one:0:0:1", true);
        var page = await history.ReadAsync(200, default, wantsFrames: true);

        stream.Slot.Epoch = new Epoch("two:190:1:2", true);
        page = await history.ReadAsync(200, HistoryPosition.Behind(page.Next.Value), wantsFrames: true);

        Assert.Equal(190ul, page.EpochAfter);
    }

    [Fact]
    public async Task ReadAsync_BytesOfAnEarlierTurnBehindTheRecords_AreNotTaken()
    {
        byte[] turn = [.. Records(Segment, 100), .. Records(Segment - 16, 5, 6, 7)];
        Log(Segment, turn);
        Log(Segment + 1, Records(Segment + 1, 101));

        Assert.Equal([100ul, 101ul], (await ReadAllAsync(0)).Select(IdOf));
    }

    [Fact]
    public async Task ReadAsync_FrameLargerThanAPage_ComesInOnePiece()
    {
        var large = Frame(HistoryLayout.StartOf(Segment), 100, padding: 3 * HistoryReader.PageBytes);
        _strings[$"{{Chat}}:log:{Segment}"] = large;
        Log(Segment + 5, Records(Segment + 5, 101));

        var frames = await ReadAllAsync(0);

        Assert.Equal([100ul, 101ul], frames.Select(IdOf));
        Assert.Equal(large, frames[0]);
    }

    [Fact]
    public async Task ReadAsync_FrameLargerThanAPageThatIsCutOff_IsNotTaken()
    {
        var large = Frame(HistoryLayout.StartOf(Segment), 100, padding: 3 * HistoryReader.PageBytes);
        _strings[$"{{Chat}}:log:{Segment}"] = large.AsSpan(0, 2 * HistoryReader.PageBytes).ToArray();
        Log(Segment + 5, Records(Segment + 5, 101));

        Assert.Equal([101ul], (await ReadAllAsync(0)).Select(IdOf));
    }

    [Fact]
    public async Task ReadAsync_NoFramesWanted_ReadsNone()
    {
        _strings["{Chat}:counter"] = "7"u8.ToArray();
        Log(Segment, Records(Segment, 100));

        var page = await Create().ReadAsync(0, default, wantsFrames: false);

        Assert.Equal(7ul, page.Counter);
        Assert.Empty(page.Frames!);
    }

    [Fact]
    public async Task ReadAsync_HistoryIsSwitchedOff_ReadsTheCounterOnly()
    {
        _strings["{Chat}:counter"] = "7"u8.ToArray();
        Log(Segment, Records(Segment, 100));

        var page = await Create(0).ReadAsync(0, default, wantsFrames: true);

        Assert.Equal((7ul, null), (page.Counter, page.Frames));
    }

    [Fact]
    public async Task ReadAsync_NothingThere_GivesNeitherCounterNorFrames()
    {
        var page = await Create().ReadAsync(0, default, wantsFrames: true);

        Assert.Null(page.Counter);
        Assert.Empty(page.Frames!);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData(" 7")]
    [InlineData("18446744073709551615")]
    public async Task ReadAsync_CounterIsNoId_TakesItForNoneAndSaysSoOnceNamingTheKey(string counter)
    {
        var history = Create();
        _strings["{Chat}:counter"] = System.Text.Encoding.ASCII.GetBytes(counter);
        for (var i = 0; i < 3; i++)
        {
            Assert.Null((await history.ReadAsync(0, default, wantsFrames: true)).Counter);
        }

        Assert.Contains("{Chat}:counter", Assert.Single(Redis.Logger.Of(3015)).Text, StringComparison.Ordinal);
        _strings["{Chat}:counter"] = "7"u8.ToArray();
        Assert.Equal(7ul, await history.ReadCounterAsync());
    }

    [Theory]
    [InlineData("ERR unknown command 'GETRANGE', with args beginning with")]
    [InlineData("NOPERM this user has no permissions to run the 'getrange' command")]
    public async Task ReadAsync_RangesCannotBeRead_GoesOnWithoutHistoryAndSaysSoOnce(string error)
    {
        _strings["{Chat}:counter"] = "7"u8.ToArray();
        _errors["GETRANGE"] = error;
        var history = Create();
        Assert.True(history.IsAvailable);

        Assert.Equal(7ul, (await history.ReadAsync(0, default, wantsFrames: false)).Counter);
        Assert.Equal(7ul, (await history.ReadAsync(0, default, wantsFrames: true)).Counter);

        Assert.False(history.IsAvailable);
        Assert.Equal(0, history.Limits.MaxBytes);
        Assert.Contains(error, Assert.Single(Redis.Logger.Of(3004)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_RightTakenAwayAfterItWorked_IsAnOutage()
    {
        Log(Segment, Records(Segment, 100));
        var history = Create();
        await history.ReadAsync(0, default, wantsFrames: true);
        _errors["GETRANGE"] = "NOPERM no permissions to run the 'getrange' command";

        await Assert.ThrowsAsync<BackplaneException>(() => history.ReadAsync(0, default, wantsFrames: true));

        Assert.True(history.IsAvailable);
        Assert.Empty(Redis.Logger.Of(3004));
    }

    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory")]
    [InlineData("MASTERDOWN Link with MASTER is down")]
    public async Task ReadAsync_AnotherError_IsAnOutage(string error)
    {
        _errors["GET"] = error;
        var history = Create();

        await Assert.ThrowsAsync<RedisServerException>(() => history.ReadAsync(0, default, wantsFrames: true));

        Assert.True(history.IsAvailable);
    }

    [Fact]
    public async Task ReadAsync_HistoryOfAnOlderPreview_IsSaidOnce()
    {
        _errors["{Chat}:history"] = "WRONGTYPE Operation against a key holding the wrong kind of value";
        var history = Create();

        await history.ReadAsync(0, default, wantsFrames: true);
        await history.ReadAsync(0, default, wantsFrames: true);

        Assert.Contains("{Chat}:history", Assert.Single(Redis.Logger.Of(3014)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HighestSegment_IsTheHighestThatWasReadOrHeard()
    {
        Log(Segment, Records(Segment, 100));
        var history = Create();
        await history.ReadAsync(0, default, wantsFrames: true);
        Assert.Equal(Segment, history.HighestSegment);

        history.Heard(Frame(HistoryLayout.StartOf(Segment + 4) + 17, 101));
        history.Heard(Frame(HistoryLayout.StartOf(Segment + 2), 102));
        history.Heard("not a frame, and longer than the header of one"u8.ToArray());

        Assert.Equal(Segment + 4, history.HighestSegment);
    }

    [Theory]
    [InlineData("55", 55ul)]
    [InlineData(null, null)]
    public async Task ReadCounterAsync_Counter_IsRead(string? value, ulong? expected)
    {
        if (value is not null)
        {
            _strings["{Chat}:counter"] = System.Text.Encoding.ASCII.GetBytes(value);
        }

        Assert.Equal(expected, await Create().ReadCounterAsync());
    }

    private async Task<List<byte[]>> ReadAllAsync(ulong after, HistoryPosition from = default)
    {
        var (history, frames) = (Create(), new List<byte[]>());
        while (await history.ReadAsync(after, from, wantsFrames: true) is { Frames.Length: > 0 } page)
        {
            from = page.Next;
            frames.AddRange(page.Frames);
        }

        return frames;
    }

    private Task<RedisValue> Read(string key, string command, long start, long end)
    {
        _looks += command == "GETRANGE" && (start, end) == (0, HistoryLayout.HeaderSize - 1) ? 1 : 0;
        if (_errors.TryGetValue(key, out var error) || _errors.TryGetValue(command, out error))
        {
            return Task.FromException<RedisValue>(MockedRedis.Error(error));
        }

        if (!_strings.TryGetValue(key, out var bytes))
        {
            return Task.FromResult(command == "GET" ? RedisValue.Null : RedisValue.EmptyString);
        }

        end = end < 0 ? bytes.Length : Math.Min(end + 1, bytes.Length);
        return Task.FromResult((RedisValue)(start >= end ? [] : bytes.AsSpan((int)start, (int)(end - start)).ToArray()));
    }

    // Puts a segment into Redis as the newest of the log. The log ends with its bytes.
    private void Log(ulong segment, byte[] bytes)
    {
        _strings[$"{{Chat}}:log:{segment}"] = bytes;
        var state = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(state, 200);
        BinaryPrimitives.WriteUInt64BigEndian(state.AsSpan(8), HistoryLayout.StartOf(segment) + (ulong)bytes.Length);
        _strings["{Chat}:log"] = state;
    }

    private static byte[] Records(ulong segment, params ulong[] ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            bytes.AddRange(Frame(HistoryLayout.StartOf(segment) + (ulong)bytes.Count, id));
        }

        return [.. bytes];
    }

    private static byte[] Frame(ulong position, ulong id, int padding = 0)
    {
        var bytes = Fakes.Frames.Bytes(id - 1, id, padding: padding);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(RedisBackplane.Wire.FrameLayout.Position), position);
        return bytes;
    }

    private static ulong IdOf(byte[] frame) => Fakes.Frames.Read(frame).Header.FirstId;

    private RedisHistory Create(long historyBytes = 1_000_000) =>
        new(Redis.Stream, new HistoryLimits(historyBytes, TimeSpan.FromMinutes(1)));
}
