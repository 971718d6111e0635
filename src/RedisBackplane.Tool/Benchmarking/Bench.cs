using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Redis.Stream;
using RedisBackplane.Tool.Farms;
using StackExchange.Redis;

namespace RedisBackplane.Tool.Benchmarking;

/// <summary>Two servers of a separate farm: one publishes, and one listens.</summary>
internal sealed class Bench : IDisposable
{
    /// <summary>How long a row waits for its messages, once after the warm-up and once after the measurement.</summary>
    internal static readonly TimeSpan ArriveWithin = TimeSpan.FromSeconds(10);

    internal static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(10);

    private const int SegmentsToRemove = 100;

    private readonly FarmAddress _farm;
    private readonly DefaultDependencyResolver _publishing = new();
    private readonly DefaultDependencyResolver _listening = new();
    private readonly RedisMessageBus _publisher;
    private readonly BenchSubscriber _subscriber;

    private Bench(FarmAddress farm)
    {
        _farm = farm;
        _publisher = Start(_publishing);
        Listener = Start(_listening);
        _subscriber = new BenchSubscriber(Listener);
    }

    private RedisMessageBus Listener { get; }

    public static async Task<Bench> StartAsync(FarmAddress farm, CancellationToken cancellationToken)
    {
        var bench = new Bench(farm);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectWithin);
        try
        {
            await bench._publisher.WhenConnectedAsync(limit.Token);
            await bench.Listener.WhenConnectedAsync(limit.Token);
            return bench;
        }
        catch (OperationCanceledException exception)
        {
            var reason = bench._publisher.Status.LastError ?? bench.Listener.Status.LastError;
            bench.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new ToolException(
                $"No connection to Redis at {farm.Servers} within {ConnectWithin.TotalSeconds} s. {reason}".TrimEnd(),
                innerException: exception);
        }
    }

    /// <summary>Publishes for a while, and waits until everything has arrived.</summary>
    public async Task<BenchResult> MeasureAsync(BenchCase row, TimeSpan duration, CancellationToken cancellationToken)
    {
        var begin = _subscriber.Received;
        await ArriveAsync(begin + await PublishAsync(row, WarmUp, new LatencyRecord(), cancellationToken));
        var (before, published) = (_subscriber.Received, new LatencyRecord());
        _subscriber.Latency = new LatencyRecord();

        var begun = Stopwatch.GetTimestamp();
        var sent = await PublishAsync(row, duration, published, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(begun);
        await ArriveAsync(before + sent);
        return new BenchResult
        {
            Bytes = row.Bytes,
            InFlight = row.InFlight,
            MessagesPerSecond = (long)(sent / elapsed.TotalSeconds),
            PublishMedian = published.Percentile(50),
            PublishP99 = published.Percentile(99),
            DeliveryMedian = _subscriber.Latency.Percentile(50),
            DeliveryP99 = _subscriber.Latency.Percentile(99),
            Missing = before + sent - _subscriber.Received,
        };
    }

    public void Dispose()
    {
        _subscriber.Dispose();
        _publishing.Dispose();
        _listening.Dispose();
        try
        {
            RemoveKeys();
        }
        catch (Exception exception) when (exception.IsOfRedis())
        {
            // The command reports itself that there is no Redis. The history expires, and the other keys are small.
        }
    }

    private RedisMessageBus Start(DefaultDependencyResolver resolver)
    {
        resolver.UseRedis(_farm.BusOptions());
        return resolver.Resolve<RedisMessageBus>();
    }

    // Runs one loop for each publish that may be in flight.
    private async Task<long> PublishAsync(BenchCase row, TimeSpan duration, LatencyRecord latency, CancellationToken cancellationToken)
    {
        long sent = 0;
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, row.InFlight).Select(_ => Task.Run(LoopAsync, cancellationToken)));
        return sent;

        async Task LoopAsync()
        {
            while (Stopwatch.GetTimestamp() < end && !cancellationToken.IsCancellationRequested)
            {
                var begun = Stopwatch.GetTimestamp();
                var value = new byte[row.Bytes];
                MemoryMarshal.Write(value, begun);
                await _publisher.Publish(new Message(BenchSubscriber.Key, BenchSubscriber.Key, new ArraySegment<byte>(value)));
                latency.Add(Stopwatch.GetTimestamp() - begun);
                Interlocked.Increment(ref sent);
            }
        }
    }

    private async Task ArriveAsync(long expected)
    {
        var begun = Stopwatch.GetTimestamp();
        while (_subscriber.Received < expected && Stopwatch.GetElapsedTime(begun) < ArriveWithin)
        {
            await Task.Delay(5);
        }
    }

    private void RemoveKeys()
    {
        using var connection = ConnectionMultiplexer.Connect(_farm.BusOptions().ConfigurationOptions!.Clone());
        var database = connection.GetDatabase(_farm.Database);
        if (HistoryLayout.ReadState(database.StringGet(_farm.Names.Log)) is var (_, end))
        {
            // At least as many as one run can leave; the rest expires.
            var last = HistoryLayout.SegmentOf(end);
            database.KeyDelete([.. Enumerable.Range(0, SegmentsToRemove).Select(i => _farm.Names.Segment(last - (ulong)i))]);
        }

        database.KeyDelete([_farm.Names.Counter, _farm.Names.Log, _farm.Names.Server, _farm.Names.ChannelKind, _farm.Names.Farm]);
    }
}
