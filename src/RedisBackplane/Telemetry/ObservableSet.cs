using System.Diagnostics.Metrics;
using Tags = System.Collections.Generic.KeyValuePair<string, object?>[];

namespace RedisBackplane.Telemetry;

/// <summary>
/// Creates instruments that read several objects: one number of each, or several with an attribute that distinguishes
/// them.
/// </summary>
internal sealed class ObservableSet<T>(Meter meter, Func<IEnumerable<T>> items, ListenerGuard? guard = null)
{
    private readonly ListenerGuard _guard = guard ?? ListenerGuard.OfProcess;

    public void Counter(string name, string unit, string description, params (Func<T, Tags> Tags, Func<T, long> Value)[] readings) =>
        _guard.Make(() => meter.CreateObservableCounter(name, () => Read(readings), unit, description));

    public void UpDownCounter(
        string name, string unit, string description, params (Func<T, Tags> Tags, Func<T, long> Value)[] readings) =>
        _guard.Make(() => meter.CreateObservableUpDownCounter(name, () => Read(readings), unit, description));

    public void Gauge(string name, string unit, string description, Func<T, Tags> tags, Func<T, double> value) =>
        _guard.Make(() => meter.CreateObservableGauge(
            name, () => items().Select(item => new Measurement<double>(value(item), tags(item))), unit, description));

    private IEnumerable<Measurement<long>> Read((Func<T, Tags> Tags, Func<T, long> Value)[] readings) =>
        from item in items()
        from reading in readings
        select new Measurement<long>(reading.Value(item), reading.Tags(item));
}
