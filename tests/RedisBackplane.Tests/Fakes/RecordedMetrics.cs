using System.Diagnostics.Metrics;

namespace RedisBackplane.Tests.Fakes;

/// <summary>Listens to meters like an exporter, and keeps one backplane's values: other tests have buses too.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly object _gate = new();
    private readonly MeterListener _listener = new();
    private readonly Func<IReadOnlyDictionary<string, object?>, bool> _isMine;
    private readonly List<Reading> _recorded = [];

    public RecordedMetrics(string appName)
        : this(BackplaneTelemetry.MeterName, tags => tags.TryGetValue(MetricTags.Destination, out var name) && Equals(name, appName))
    {
    }

    public RecordedMetrics(string meter, Func<IReadOnlyDictionary<string, object?>, bool> isMine)
    {
        _isMine = isMine;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter)
            {
                lock (_gate)
                {
                    Instruments.Add(instrument);
                }

                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>What histograms recorded until now, in order.</summary>
    public IReadOnlyList<Reading> Recorded
    {
        get
        {
            lock (_gate)
            {
                return [.. _recorded];
            }
        }
    }

    public IEnumerable<double> RecordedBy(string name) => Recorded.Where(reading => reading.Name == name).Select(reading => reading.Value);

    /// <summary>The current values of observable instruments.</summary>
    public IReadOnlyList<Reading> Read()
    {
        int before;
        lock (_gate)
        {
            before = _recorded.Count;
        }

        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            var read = _recorded.Skip(before).ToList();
            _recorded.RemoveRange(before, read.Count);
            return read;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
        if (_isMine(all))
        {
            lock (_gate)
            {
                _recorded.Add(new Reading(instrument.Name, value, all));
            }
        }
    }

    public sealed record Reading(string Name, double Value, IReadOnlyDictionary<string, object?> Tags);
}
