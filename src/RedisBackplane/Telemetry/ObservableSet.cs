using System.Diagnostics.Metrics;
using Tags = System.Collections.Generic.KeyValuePair<string, object?>[];

namespace RedisBackplane.Telemetry;

/// <summary>
/// Creates instruments that read several objects: one number of each, or several with an attribute that distinguishes
/// them.
/// </summary>
/// <param name="common">The attributes of an object in every instrument.</param>
internal sealed class ObservableSet<T>(
    Meter meter, Func<IEnumerable<T>> items, Func<T, Tags> common, ListenerGuard? guard = null)
{
    private readonly ListenerGuard _guard = guard ?? ListenerGuard.OfProcess;

    public void Counter(string name, string unit, string description, Func<T, long> value, Func<T, Tags>? tags = null) =>
        _guard.Make(() => meter.CreateObservableCounter(name, () => Read(value, tags ?? common), unit, description));

    /// <param name="key">The attribute that distinguishes the values.</param>
    public void Counter(string name, string unit, string description, string key, params (string Tag, Func<T, long> Of)[] values) =>
        _guard.Make(() => meter.CreateObservableCounter(name, () => Read(key, values), unit, description));

    public void UpDownCounter(string name, string unit, string description, Func<T, long> value) =>
        _guard.Make(() => meter.CreateObservableUpDownCounter(name, () => Read(value, common), unit, description));

    public void UpDownCounter(string name, string unit, string description, string key, params (string Tag, Func<T, long> Of)[] values) =>
        _guard.Make(() => meter.CreateObservableUpDownCounter(name, () => Read(key, values), unit, description));

    public void Gauge(string name, string unit, string description, Func<T, double> value) =>
        _guard.Make(() => meter.CreateObservableGauge(name, () => Read(value, common), unit, description));

    private IEnumerable<Measurement<TValue>> Read<TValue>(Func<T, TValue> value, Func<T, Tags> tags)
        where TValue : struct => items().Select(item => new Measurement<TValue>(value(item), tags(item)));

    private IEnumerable<Measurement<long>> Read(string key, (string Tag, Func<T, long> Of)[] values) =>
        from item in items()
        from value in values
        select new Measurement<long>(value.Of(item), [.. common(item), new(key, value.Tag)]);
}
