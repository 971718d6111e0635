using Moq;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using StackExchange.Redis;

namespace RedisBackplane.Tests.Redis.Stream;

public sealed class RedisHistoryTests : IAsyncLifetime
{
    private MockedRedis _redis = null!;

    public async Task InitializeAsync() => _redis = await MockedRedis.Connect();

    public Task DisposeAsync()
    {
        _redis.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task ReadAsync_Page_GivesCounterAndFrames()
    {
        var calls = _redis.OnScript(ReadHistoryScript.Text, _ => Page("120", "first", "second"));

        var page = await Create().ReadAsync(100, wantsFrames: true);

        Assert.Equal(120ul, page.Counter);
        Assert.Equal(["first"u8.ToArray(), "second"u8.ToArray()], page.Frames);
        Assert.Equal(130ul, page.LastEntry);
        var call = Assert.Single(calls);
        Assert.Equal(["{Chat}:counter", "{Chat}:history", "{Chat}:history:older"], call.KeyNames);
        Assert.Equal("100", (string?)call.Values[0]);
        Assert.InRange((int)call.Values[1], 1, 10_000);
        Assert.InRange((long)call.Values[2], 1, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task ReadAsync_NoCounter_IsNull()
    {
        _redis.OnScript(ReadHistoryScript.Text, _ => Page(""));

        var page = await Create().ReadAsync(0, wantsFrames: true);

        Assert.Null(page.Counter);
        Assert.Empty(page.Frames!);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData(" 7")]
    [InlineData("18446744073709551615")]
    public async Task ReadAsync_CounterIsNoId_FailsAndNamesTheKey(string counter)
    {
        _redis.OnScript(ReadHistoryScript.Text, _ => Page(counter));

        var exception = await Assert.ThrowsAsync<BackplaneException>(() => Create().ReadAsync(0, wantsFrames: true));

        Assert.Contains("{Chat}:counter", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_StrangeReply_Fails()
    {
        _redis.OnScript(ReadHistoryScript.Text, _ => RedisResult.Create((RedisValue)"OK"));

        await Assert.ThrowsAsync<BackplaneException>(() => Create().ReadAsync(0, wantsFrames: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_NoHistory_ReadsTheCounterOnly(bool wantsFrames)
    {
        var calls = _redis.OnScript(ReadHistoryScript.Text, _ => Page("7"));

        Assert.Equal(7ul, (await Create(0).ReadAsync(0, wantsFrames)).Counter);
        Assert.Equal("0", (string?)Assert.Single(calls).Values[2]);
    }

    [Fact]
    public async Task ReadAsync_NoFramesWanted_AsksOnceWhetherTheServerHasStreams()
    {
        var calls = _redis.OnScript(ReadHistoryScript.Text, _ => Page("7"));
        var history = Create();

        await history.ReadAsync(0, wantsFrames: false);
        await history.ReadAsync(0, wantsFrames: false);

        Assert.Equal(["1", "0"], calls.Select(call => (string?)call.Values[2]));
    }

    [Theory]
    [InlineData("ERR unknown command 'XRANGE', with args beginning with")]
    [InlineData("ERR Error running script: Unknown Redis command called from script")]
    public async Task ReadAsync_ServerWithoutStreams_GoesOnWithSortedSetsAndSaysSoOnce(string error)
    {
        var calls = _redis.OnScript(
            ReadHistoryScript.Text, call => (string?)call.Values[3] == "1" ? Page("7", "frame") : throw MockedRedis.Error(error));
        var history = Create();

        Assert.Single((await history.ReadAsync(0, wantsFrames: true)).Frames!);
        Assert.Single((await history.ReadAsync(0, wantsFrames: true)).Frames!);

        Assert.Equal((true, true), (history.IsAvailable, history.IsSorted));
        Assert.NotEqual(0, history.Limits.MaxBytes);
        Assert.Equal(3, calls.Count);
        Assert.Equal(["{Chat}:counter", "{Chat}:history:sorted", "{Chat}:history:sorted:older"], calls[^1].KeyNames);
        Assert.Contains(error, Assert.Single(_redis.Logger.Of(3014)).Text, StringComparison.Ordinal);
        Assert.Empty(_redis.Logger.Of(3004));
    }

    [Theory]
    [InlineData("ERR unknown command 'XRANGE', with args beginning with", 4)]
    [InlineData("NOPERM this user has no permissions to run the 'xrange' command", 3)]
    public async Task ReadAsync_NothingToMakeAHistoryOf_GoesOnWithoutAndSaysSoOnce(string error, int expectedCalls)
    {
        var calls = _redis.OnScript(
            ReadHistoryScript.Text, call => (long)call.Values[2] == 0 ? Page("7") : throw MockedRedis.Error(error));
        var history = Create();
        Assert.True(history.IsAvailable);

        Assert.Equal(7ul, (await history.ReadAsync(0, wantsFrames: true)).Counter);
        Assert.Equal(7ul, (await history.ReadAsync(0, wantsFrames: true)).Counter);

        Assert.False(history.IsAvailable);
        Assert.Equal(0, history.Limits.MaxBytes);
        Assert.Equal(expectedCalls, calls.Count);
        Assert.Contains(error, Assert.Single(_redis.Logger.Of(3004)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_RightTakenAwayAfterItWorked_IsAnOutage()
    {
        var works = true;
        _redis.OnScript(
            ReadHistoryScript.Text,
            _ => works ? Page("7") : throw MockedRedis.Error("NOPERM no permissions to run the 'xrange' command"));
        var history = Create();
        await history.ReadAsync(0, wantsFrames: true);
        works = false;

        await Assert.ThrowsAsync<BackplaneException>(() => history.ReadAsync(0, wantsFrames: true));

        Assert.True(history.IsAvailable);
        Assert.Empty(_redis.Logger.Of(3004));
    }

    [Theory]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.")]
    [InlineData("LOADING Redis is loading the dataset in memory")]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value")]
    public async Task ReadAsync_AnotherError_IsAnOutage(string error)
    {
        _redis.OnScript(ReadHistoryScript.Text, _ => throw MockedRedis.Error(error));
        var history = Create();

        await Assert.ThrowsAsync<RedisServerException>(() => history.ReadAsync(0, wantsFrames: true));

        Assert.True(history.IsAvailable);
    }

    [Theory]
    [InlineData("55", 55ul)]
    [InlineData(null, null)]
    public async Task ReadCounterAsync_Counter_IsRead(string? value, ulong? expected)
    {
        _redis.Database.Setup(database => database.StringGetAsync("{Chat}:counter", CommandFlags.NoRedirect)).ReturnsAsync(value);

        Assert.Equal(expected, await Create().ReadCounterAsync());
    }

    private RedisHistory Create(long historyBytes = 1_000_000) =>
        new("Chat", _redis.Names, _redis.Slot, new HistoryLimits(historyBytes, TimeSpan.FromMinutes(1)), _redis.Logger);

    private static RedisResult Page(string counter, params string[] frames) =>
        RedisResult.Create([(RedisValue)counter, frames.Length == 0 ? "" : "130", .. frames.Select(frame => (RedisValue)frame)]);
}
