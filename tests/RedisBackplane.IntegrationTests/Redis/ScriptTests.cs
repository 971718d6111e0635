using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Publishing;
using RedisBackplane.Redis;
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
    private RedisHistory _history = null!;
    private IDatabase _database = null!;

    public async Task InitializeAsync()
    {
        Skip.If(TestRedisSource.SkipReason is not null, TestRedisSource.SkipReason);
        var redis = await RedisTestServer.GetSharedAsync();
        var source = RedisConnectionSource.From(new RedisBackplaneOptions { AppName = _appName, ConnectionString = redis.ConnectionString });
        _connection = new RedisConnection(_appName, source, NullLogger.Instance, TimeProvider.System, () => 0.5);
        var connected = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _connection.Changed += () => connected.TrySetResult(true);
        _connection.Start();
        await Eventually.CompletesAsync(connected.Task, "connected");
        _database = _connection.Multiplexer.GetDatabase();
        _names = new RedisNames(_appName, 0);
        _history = new RedisHistory(_appName, _connection, _names, 0, new HistoryLimits(1_000_000, TimeSpan.FromMinutes(1)), NullLogger.Instance);
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
        await _history.RecognizeAsync();
        await _database.StringSetAsync(_names.Counter, 500);

        await _history.RecognizeAsync();

        Assert.Equal(500, await _database.StringGetAsync(_names.Counter));
    }

    [RedisFact]
    public async Task Recognize_AnotherServer_LetsTheIdsBeginAnewFarAbove()
    {
        await _database.StringSetAsync(_names.Server, "of another");
        await _database.StringSetAsync(_names.Counter, 500);

        await _history.RecognizeAsync();
        var reply = await PublishAsync(floor: 400);

        Assert.True(reply.Value > 1_600_000_000_000_000);
        await _history.RecognizeAsync();
        Assert.Equal((long)reply.Value, await _database.StringGetAsync(_names.Counter));
    }

    private Task<BatchReply> PublishAsync(ulong floor)
    {
        var publisher = PublisherId.New();
        var writer = new FrameWriter();
        writer.Append(new Microsoft.AspNet.SignalR.Messaging.Message("source", "key", "value"));
        _ = writer.Complete(publisher, 1, 1);
        var sender = new RedisBatchSender(_connection, _names, _history, 0, TimeSpan.FromMinutes(1), 0);
        return sender.SendAsync(new BatchRequest(writer.ToFrame(0, 1), 1, publisher, Number: 1, Oldest: 1, Settled: 0, floor));
    }
}
