using Microsoft.Extensions.Logging.Abstractions;

namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>The effect of the scripts on the Redis keys, on a real Redis.</summary>
public abstract class ScriptTest : IAsyncLifetime
{
    private readonly string _appName = AppNames.Unique("scripts");
    private RedisConnection _connection = null!;
    private RedisBatchSender? _sender;

    private protected RedisNames Names { get; private set; } = null!;

    private protected RedisStreamContext Stream { get; private set; } = null!;

    private protected RedisFarm Farm { get; private set; } = null!;

    private protected RedisHistory History { get; private set; } = null!;

    private protected IDatabase Database { get; private set; } = null!;

    private protected PublisherId Publisher { get; } = PublisherId.New();

    public async Task InitializeAsync()
    {
        var redis = await RedisTestServer.GetSharedAsync();
        Names = new RedisNames(_appName, 0);
        _connection = await OpenAsync(redis.ConnectionString);
        Use(_connection);
    }

    public Task DisposeAsync()
    {
        _connection?.Dispose();
        return Task.CompletedTask;
    }

    private protected Task<RedisConnection> OpenAsync(string connectionString) => LibraryConnection.OpenAsync(_appName, connectionString);

    private protected void Use(RedisConnection connection)
    {
        Database = connection.Multiplexer.GetDatabase();
        Stream = new RedisStreamContext(_appName, connection, Names, NullLogger.Instance, TimeProvider.System);
        Farm = new RedisFarm(Stream, CurrentFormat.Instance, ShardedPubSub.Auto, static () => 0);
        LimitHistory(1_000_000);
    }

    /// <summary>From now on, as a server with this limit, which has not sent anything yet.</summary>
    private protected void LimitHistory(long bytes)
    {
        History = new RedisHistory(Stream, new HistoryLimits(bytes, TimeSpan.FromMinutes(1)));
        RenewSender();
    }

    /// <summary>One sender for all batches of a test, so that only the first batch renews.</summary>
    private protected void RenewSender() =>
        _sender = new RedisBatchSender(Stream, Farm, History, TimeSpan.FromMinutes(1), waitForReplicas: 0);

    /// <summary>The batch is the first of a new publisher, which knows of ids up to the floor.</summary>
    private protected ValueTask<BatchReply> PublishAboveAsync(ulong floor) => PublishAsync(PublisherId.New(), 1, "value", floor);

    private protected ValueTask<BatchReply> PublishAsync(ulong number, string value = "value") => PublishAsync(Publisher, number, value, 0);

    private ValueTask<BatchReply> PublishAsync(PublisherId publisher, ulong number, string value, ulong floor)
    {
        var writer = new FrameWriter();
        writer.Append(new Message("source", "key", value));
        _ = writer.Complete(publisher, number, 1);
        return _sender!.SendAsync(new BatchRequest(writer.ToFrame(0, 1), 1, publisher, number, Oldest: number, Claim: 0, floor));
    }

    private protected async Task<List<ulong>> ReadIdsAsync(ulong after) =>
        [.. (await ReadFramesAsync(after)).Select(frame => frame.Header.LastId)];

    private protected async Task<List<Frame>> ReadFramesAsync(ulong after)
    {
        var (frames, assembly, from) = (new List<Frame>(), new FrameAssembly(), default(HistoryPosition));
        while (await History.ReadAsync(after, from, wantsFrames: true) is { Frames.Length: > 0 } page)
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

    private protected async Task<List<(ulong Segment, RecordHeader? First)>> SegmentsAsync()
    {
        var state = HistoryLayout.ReadState(await Database.StringGetAsync(Names.Log));
        var reader = new HistoryReader((key, start, end) => Database.StringGetRangeAsync(key, start, end), Names, 64);
        return await reader.ListAsync(state!.Value.End, static _ => false);
    }

    // With or without a renewal, and also for keys that a batch creates.
    private protected async Task AssertAllExpireAsync()
    {
        var publisherTtl = (await Database.KeyTimeToLiveAsync(Names.Publisher(Publisher))).GetValueOrDefault();
        Assert.InRange(publisherTtl, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(70));
        RedisKey[] keys = [Names.Log, .. (await SegmentsAsync()).Select(segment => Names.Segment(segment.Segment))];
        foreach (var key in keys)
        {
            // Twice the time for which a record is kept at least.
            var left = await Database.KeyTimeToLiveAsync(key);
            Assert.InRange(left.GetValueOrDefault(), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(140));
        }
    }
}
