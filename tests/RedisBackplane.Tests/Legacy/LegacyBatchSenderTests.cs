using Moq;
using RedisBackplane.Tests.Redis;

namespace RedisBackplane.Tests.Legacy;

/// <summary>A server that writes the format of the older package.</summary>
public sealed class LegacyBatchSenderTests : MockedRedisTest
{
    private readonly RedisNames _names = LegacyFormat.Instance.NamesOf("Chat", 5, 0);

    [Fact]
    public async Task SendAsync_Batch_GivesTheScriptItsKeysArgumentsAndAPayloadForEachMessage()
    {
        var calls = Redis.OnScript(PublishLegacyScript.Text, _ => Reply(1, 42));
        var frame = Frames.Bytes(0, 1, count: 3, batch: 17);
        var request = new BatchRequest(frame, Count: 3, Frames.Publisher, Number: 17, Oldest: 15, Claim: 14, Floor: 99);

        var reply = await Create().SendAsync(request);

        Assert.Equal(new BatchReply(BatchOutcome.Stored, 42), reply);
        var call = Assert.Single(calls);
        Assert.Equal(["{Chat}:counter", "{Chat}:publisher:" + Frames.Publisher, "{Chat}:log", "{Chat}:server", "Chat"], call.KeyNames);
        Assert.Equal(
            ["1", "", "Chat", "99", "17", "15", "14", "600000", "32704", "30", "75000", "0", "RBL\u0002"],
            call.Values.Take(13).Select(value => (string?)value));
        Assert.Equal(LegacyWriter.Write(frame), call.Values.Skip(13).Select(value => (byte[]?)value));
        Assert.Equal(16, call.Values.Length);
    }

    [Fact]
    public async Task SendAsync_NoMessages_OnlyCompares()
    {
        var calls = Redis.OnScript(PublishLegacyScript.Text, _ => Reply(3, 9));

        var reply = await Create().SendAsync(new BatchRequest(default, 0, Frames.Publisher, 0, 0, Claim: 14, Floor: 99));

        Assert.Equal(new BatchReply(BatchOutcome.Forgotten, 9), reply);
        Assert.Equal(13, Assert.Single(calls).Values.Length);
    }

    [Fact]
    public async Task SendAsync_WithoutAHistory_KeepsNone()
    {
        var calls = Redis.OnScript(PublishLegacyScript.Text, _ => Reply(1, 42));

        await Create(historyBytes: 0).SendAsync(new BatchRequest(Frames.Bytes(0, 1), 1, Frames.Publisher, 1, 1, 0, 0));

        Assert.Equal("0", (string?)Assert.Single(calls).Values[8]);
    }

    [Fact]
    public async Task RecognizeAsync_GivesTheScriptBothCountersAndTheFloor()
    {
        var calls = Redis.OnScript(
            RecognizeLegacyScript.Text,
            _ => RedisResult.Create([(RedisValue)1, 0, 1, "run:1", 1]));

        await CreateFarm(floor: 77).RecognizeAsync();

        var call = Assert.Single(calls);
        Assert.Equal(["Chat", "{Chat}:counter", "{Chat}:server:legacy", "{Chat}:server", "{Chat}:channel:kind"], call.KeyNames);
        Assert.Equal(["77"], call.Values.Select(value => (string?)value));
        Assert.Single(Redis.Logger.Of(3011));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("5", null, 5ul)]
    [InlineData(null, "7", 7ul)]
    [InlineData("5", "7", 7ul)]
    [InlineData("9", "7", 9ul)]
    public async Task ReadCounterAsync_IsTheHigherOfBoth(string? current, string? legacy, ulong? expected)
    {
        Redis.Database.Setup(database => database.StringGetAsync("{Chat}:counter", CommandFlags.NoRedirect)).ReturnsAsync(current);
        Redis.Database.Setup(database => database.StringGetAsync("Chat", CommandFlags.NoRedirect)).ReturnsAsync(legacy);

        Assert.Equal(expected, await CreateHistory().ReadCounterAsync());
    }

    [Fact]
    public async Task ReadAsync_OfTheSource_GivesTheCounterAndNoFrames()
    {
        // The history lacks the messages of servers with the older package. If it were read, messages that may still
        // arrive would look lost.
        Redis.Database.Setup(database => database.StringGetAsync("{Chat}:counter", CommandFlags.NoRedirect)).ReturnsAsync("120");
        Redis.Database.Setup(database => database.StringGetAsync("Chat", CommandFlags.NoRedirect)).ReturnsAsync("110");
        using var source = new RedisStreamSource(Stream, CreateFarm(), CreateHistory(), listens: true, catchesUp: false);

        var page = await source.ReadAsync(100, default);

        Assert.Equal((120ul, null, false), (page.Counter, page.Frames, source.HasHistory));
    }

    private RedisStreamContext Stream => Redis.StreamOf(_names);

    private RedisFarm CreateFarm(ulong floor = 0) => new(Stream, LegacyFormat.Instance, ShardedPubSub.Auto, () => floor);

    private RedisHistory CreateHistory(long bytes = 1_000_000) =>
        new(Stream, new HistoryLimits(bytes, TimeSpan.FromMinutes(1)));

    private IBatchSender Create(long historyBytes = 1_000_000) => LegacyFormat.Instance.CreateSender(
        Stream, CreateFarm(), CreateHistory(historyBytes), TimeSpan.FromMinutes(10), waitForReplicas: 0);

    private static RedisResult Reply(long outcome, long value) => RedisResult.Create([(RedisValue)outcome, value]);
}
