using Microsoft.AspNet.SignalR.Infrastructure;
using RedisBackplane.Telemetry;

namespace RedisBackplane.IntegrationTests.Receiving;

/// <summary>A server that takes nothing for a while holds nothing of it in memory, and misses nothing.</summary>
[Collection(nameof(Alone)), Trait("Runs", "alone")]
public sealed class StalledReceiverTests : IFrameSink, IDisposable
{
    private const int MessageSize = 100_000;
    private const int Messages = 1000;
    private const long MaxGrowth = 50_000_000;

    private readonly ManualResetEventSlim _taking = new();
    private readonly TaskCompletionSource<object?> _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ulong> _ids = [];
    private readonly RecordedLogger _logs = new();
    private int _received;

    [RedisProcessFact]
    public async Task Receive_NothingIsTakenForAWhile_KeepsMemoryBoundedAndLosesNothing()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        var options = new RedisBackplaneOptions
        {
            AppName = AppNames.Unique("backlog"),
            ConnectionString = redis.EndPoint,
            HistoryMaxBytes = 4L * Messages * MessageSize,
            MaxBatchBytes = 2 * MessageSize,
        };
        var source = RedisConnectionSource.From(options);
        var logger = _logs.CreateLogger("bus");
        using var connection = new RedisConnection(options.AppName, source, logger, TimeProvider.System, () => 0.5);
        var tags = new MetricTags(options.AppName, 0);
        var identity = ServerIdentity.Create();
        var names = new RedisNames(options.AppName, connection.Database);
        var first = new RedisStreamContext(options.AppName, connection, names, logger, TimeProvider.System);
        using var roster = new RedisRoster(first, options, identity, "1/1", static () => 1);
        var counters = new PerformanceCounterManager();
        var meter = new StreamMeter(options.AppName, tags, logger);
        var context = StreamContext.Of(options, 0, connection.Database, meter, logger, TimeProvider.System);
        var queue = new QueueBudget(options.MaxQueueMessages, options.MaxQueueBytes, 1);
        var limits = PublisherLimits.From(options).PerStream(1, queue);
        using var stream = new BackplaneStream(context, identity, connection, roster, limits, this, counters);
        var lost = 0UL;
        var opened = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        stream.Lost += (_, after, upTo) => lost += upTo - after;
        stream.OpenChanged += changed => _ = changed.IsOpen && opened.TrySetResult(null);
        connection.Start();
        await Eventually.CompletesAsync(opened.Task, "the stream is connected");
        using var publisher = TestServer.Create(redis.EndPoint, options.AppName, sender =>
        {
            sender.SendOnly = true;
            sender.RepublishMaxBytes = 0;
            sender.HistoryMaxBytes = options.HistoryMaxBytes;
            sender.MaxBatchBytes = options.MaxBatchBytes;
        });
        await publisher.ConnectedAsync();
        var value = new string('x', MessageSize);
        await publisher.PublishAsync("key", value);
        await Eventually.CompletesAsync(_stuck.Task, "the first frame has come");

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 1; i < Messages; i++)
        {
            await publisher.PublishAsync("key", value);
        }

        await Eventually.BecomesTrueAsync(
            () => _logs.ToString().Contains("arrive faster", StringComparison.Ordinal), "waiting frames are dropped");
        await Eventually.BecomesTrueAsync(
            () => GC.GetTotalMemory(forceFullCollection: true) - before < MaxGrowth, "their memory is released");
        Assert.Equal(0, Volatile.Read(ref _received));

        _taking.Set();
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _received) == Messages, "every message is received");
        Assert.Equal(_ids.Distinct().OrderBy(id => id), _ids);
        Assert.Equal(0UL, lost);
    }

    public void Dispose() => _taking.Dispose();

    bool IFrameSink.IsCrowded => false;

    void IFrameSink.Append(in Frame frame)
    {
        _stuck.TrySetResult(null);
        _taking.Wait();
        _ids.Add(frame.Header.LastId);
        Interlocked.Add(ref _received, frame.Header.Count);
    }

    void IFrameSink.Start(ulong lastId)
    {
    }
}
