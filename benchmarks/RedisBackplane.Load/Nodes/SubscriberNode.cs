using System.Diagnostics;
using HdrHistogram;
using RedisBackplane.Load.Buses;

namespace RedisBackplane.Load.Nodes;

/// <summary>A server that subscribes, with its local connections.</summary>
internal sealed class SubscriberNode
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly long HighestLatency = (long)TimeSpan.FromMinutes(1).TotalNanoseconds;

    private readonly ILoadBus _bus;
    private readonly DeliveryTracker[] _trackers;
    private readonly LongConcurrentHistogram? _latency;
    private long _deliveredBefore;
    private long _lostBefore;
    private long _duplicatedBefore;
    private long _outOfOrderBefore;
    private long _pulledBefore;

    public SubscriberNode(ILoadBus bus, Scenario scenario)
    {
        _bus = bus;
        _latency = scenario.Drive == Drive.Open ? new LongConcurrentHistogram(1, HighestLatency, 3) : null;
        _trackers = new DeliveryTracker[scenario.Connections];
        for (var i = 0; i < _trackers.Length; i++)
        {
            var number = scenario.IsUnheard ? scenario.Keys + i : i % scenario.Keys;
            _trackers[i] = new DeliveryTracker(number, LaneKeys.Name(number), scenario.Keys, scenario.Lanes, _latency);
        }

        bus.Listen(_trackers);
    }

    public void Begin() => _latency?.Reset();

    public async Task<ReceiveReport> AwaitAsync(int[] sentPerLane)
    {
        var expected = _trackers.Sum(tracker => tracker.Expected(sentPerLane));
        var seen = -1L;
        var lastProgress = Stopwatch.StartNew();
        while (Delivered() is var delivered && delivered < expected && lastProgress.Elapsed < Patience)
        {
            if (delivered != seen)
            {
                seen = delivered;
                lastProgress.Restart();
            }

            await Task.Delay(Poll);
        }

        return Report(sentPerLane);
    }

    private long Delivered()
    {
        var delivered = 0L;
        foreach (var tracker in _trackers)
        {
            delivered += tracker.Delivered;
        }

        return delivered;
    }

    private ReceiveReport Report(int[] sentPerLane) => new(
        _trackers.Max(tracker => tracker.LastDeliveryAt),
        Since(ref _deliveredBefore, Delivered()),
        Since(ref _lostBefore, _trackers.Sum(tracker => tracker.Lost(sentPerLane))),
        Since(ref _duplicatedBefore, _trackers.Sum(tracker => tracker.Duplicated)),
        Since(ref _outOfOrderBefore, _trackers.Sum(tracker => tracker.OutOfOrder)),
        Since(ref _pulledBefore, _bus.Pulled),
        _latency is null || _latency.TotalCount == 0 ? null : new LatencyReport(
            Percentile(50), Percentile(90), Percentile(99), Percentile(99.9), Percentile(100)));

    private double Percentile(double percentile) => _latency!.GetValueAtPercentile(percentile) / 1000.0;

    private static long Since(ref long before, long now)
    {
        var difference = now - before;
        before = now;
        return difference;
    }
}
