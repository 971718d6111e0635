using Microsoft.Extensions.Logging;
using RedisBackplane.Delivery;

namespace RedisBackplane.Telemetry;

/// <summary>What the instruments read of one bus, from <see cref="Start"/> until it is disposed.</summary>
internal sealed class BusMetrics : IDisposable
{
    private readonly string _appName;
    private readonly int _instance;
    private readonly Func<long> _reconnects;
    private volatile StreamMetrics[] _streams = [];

    public BusMetrics(string appName, Func<long> reconnects)
    {
        _appName = appName;
        _reconnects = reconnects;
        _instance = BackplaneMeter.Buses.TakeNumber(appName);
        Tags = new MetricTags(appName, _instance);
    }

    public MetricTags Tags { get; }

    public IReadOnlyList<StreamMetrics> Streams => _streams;

    public DeliveryCounters Delivery { get; private set; } = null!;

    public long Reconnects => _reconnects();

    /// <summary>The histograms of a stream, which its rooms write.</summary>
    public StreamMeter CreateMeter(int stream, ILogger logger) => new(_appName, new MetricTags(_appName, _instance, stream), logger);

    /// <summary>From now on the instruments read the bus. Call it once, before anything is read.</summary>
    public void Start(DeliveryCounters delivery, IEnumerable<StreamMetrics> streams)
    {
        Delivery = delivery;
        _streams = [.. streams];
        BackplaneMeter.Buses.Add(this);
    }

    /// <summary>The farm has one more stream. One caller at a time.</summary>
    public void Add(StreamMetrics stream) => _streams = [.. _streams, stream];

    /// <summary>From now on the instruments no longer read the bus.</summary>
    public void Dispose() => BackplaneMeter.Buses.Remove(this, _appName, _instance);
}
