using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Publishing;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Scripts;
using RedisBackplane.Redis.Stream;
using RedisBackplane.TestInfrastructure;
using RedisBackplane.Wire;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>What the scripts do where the history is made of sorted sets, on a Redis without streams.</summary>
public sealed class SortedHistoryTests : IAsyncLifetime
{
    private const string AppName = "sorted";

    private readonly RedisNames _names = new(AppName, 0);
    private readonly PublisherId _publisher = PublisherId.New();
    private RedisServerProcess? _redis;
    private RedisConnection _connection = null!;
    private RedisSlot _slot = null!;
    private IDatabase _database = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.ProcessSkipReason is not null, TestRedisSource.ProcessSkipReason);
        _redis = await RedisServerProcess.StartAsync(RedisServerProcess.WithoutStreams);
        _connection = await LibraryConnection.OpenAsync(AppName, _redis.EndPoint);
        _slot = new RedisSlot(_connection, _names, 0);
        _database = _connection.Multiplexer.GetDatabase();
    }

    public async Task DisposeAsync()
    {
        _connection?.Dispose();
        await (_redis?.DisposeAsync() ?? default);
    }

    [RedisProcessFact]
    public async Task ReadAsync_MoreThanAPageOverBothParts_GivesAllInOrder()
    {
        const int Batches = 700;
        var history = await CreateHistoryAsync(100_000);
        var sender = CreateSender(history);
        var first = await PublishAsync(sender, 1);
        for (ulong number = 2; number <= Batches; number++)
        {
            await PublishAsync(sender, number);
        }

        Assert.True(await _database.KeyExistsAsync(_names.OlderSortedHistory));
        Assert.True(await _database.KeyExistsAsync(_names.SortedHistory));
        var ids = await ReadAllAsync(history, first.Value - 1);

        // What the older part dropped is missing at the beginning, and nothing else.
        Assert.InRange(ids.Count, 257, Batches);
        Assert.Equal(first.Value + Batches - 1, ids[^1]);
        Assert.Equal(Enumerable.Range(0, ids.Count).Select(i => ids[0] + (ulong)i), ids);
    }

    [RedisProcessFact]
    public async Task Publish_LargeFrame_IsKeptWhole()
    {
        var history = await CreateHistoryAsync(10_000_000);

        var reply = await PublishAsync(CreateSender(history), 1, new string('x', 50_000));

        var page = await history.ReadAsync(reply.Value - 1, wantsFrames: true);
        var assembly = new FrameAssembly();
        Assert.True(assembly.TryComplete(Assert.Single(page.Frames!), out var frame, out _));
        Assert.Equal(reply.Value, frame.Header.LastId);
        Assert.Equal((_publisher, 1ul), (frame.Header.Publisher, frame.Header.BatchNumber));
    }

    [RedisProcessFact]
    public async Task Publish_CounterSetBack_GoesOnAboveTheHistory()
    {
        var history = await CreateHistoryAsync(1_000_000);
        var sender = CreateSender(history);
        var first = await PublishAsync(sender, 1);
        await PublishAsync(sender, 2);
        await _database.StringSetAsync(_names.Counter, first.Value - 1);

        var third = await PublishAsync(sender, 3);

        Assert.Equal(first.Value + 2, third.Value);
        Assert.Equal([first.Value, first.Value + 1, first.Value + 2], await ReadAllAsync(history, 0));
    }

    [RedisProcessFact]
    public async Task Publish_HistoryOfAWrongType_FailsAndLeavesEverythingAsItWas()
    {
        var history = await CreateHistoryAsync(1_000_000);
        await _database.StringSetAsync(_names.SortedHistory, "x");
        await _database.StringSetAsync(_names.Counter, 500);

        var error = await Assert.ThrowsAsync<RedisServerException>(() => PublishAsync(CreateSender(history), 1));

        Assert.Contains("WRONGTYPE", error.Message, StringComparison.Ordinal);
        Assert.Equal(500, await _database.StringGetAsync(_names.Counter));
        Assert.False(await _database.KeyExistsAsync(_names.Publisher(_publisher)));
    }

    [RedisProcessFact]
    public async Task Publish_EveryKey_Expires()
    {
        var history = await CreateHistoryAsync(1_000_000);

        await PublishAsync(CreateSender(history), 1);

        foreach (var key in new[] { _names.SortedHistory, _names.HistoryBytes, _names.Publisher(_publisher) })
        {
            var timeToLive = (await _database.KeyTimeToLiveAsync(key)).GetValueOrDefault();
            Assert.InRange(timeToLive, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(70));
        }
    }

    private static async Task<List<ulong>> ReadAllAsync(RedisHistory history, ulong after)
    {
        var ids = new List<ulong>();
        while ((await history.ReadAsync(after, wantsFrames: true)).Frames is { Length: > 0 } frames)
        {
            var assembly = new FrameAssembly();
            foreach (var payload in frames)
            {
                Assert.True(assembly.TryComplete(payload, out var frame, out _));
                ids.Add(after = frame.Header.LastId);
            }
        }

        return ids;
    }

    private async Task<RedisHistory> CreateHistoryAsync(long bytes)
    {
        var history = new RedisHistory(AppName, _names, _slot, new HistoryLimits(bytes, TimeSpan.FromMinutes(1)), NullLogger.Instance);
        await history.ReadAsync(0, wantsFrames: true);
        Assert.True(history.IsSorted);
        return history;
    }

    private RedisBatchSender CreateSender(RedisHistory history)
    {
        var farm = new RedisFarm(AppName, _connection, _names, _slot, ShardedPubSub.Auto, NullLogger.Instance);
        return new RedisBatchSender(_connection, _names, _slot, farm, history, TimeSpan.FromMinutes(1), 0, TimeProvider.System);
    }

    private Task<BatchReply> PublishAsync(RedisBatchSender sender, ulong number, string value = "value")
    {
        var writer = new FrameWriter();
        writer.Append(new Microsoft.AspNet.SignalR.Messaging.Message("source", "key", value));
        _ = writer.Complete(_publisher, number, 1);
        return sender.SendAsync(new BatchRequest(writer.ToFrame(0, 1), 1, _publisher, number, Oldest: number, Settled: 0, Floor: 0));
    }
}
