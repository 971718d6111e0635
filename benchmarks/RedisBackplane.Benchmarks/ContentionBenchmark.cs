using BenchmarkDotNet.Attributes;

namespace RedisBackplane.Benchmarks;

/// <summary>
/// Broadcasts to 2,000 subscriptions that work on the thread pool while the next frames arrive, per delivery. It
/// includes how long they wait for each other.
/// </summary>
public class ContentionBenchmark
{
    private const int Subscriptions = 2000;
    private const int Broadcasts = 20;

    private DeliveryBench _delivery = null!;

    [GlobalSetup]
    public void Setup()
    {
        _delivery = new DeliveryBench(onPool: true);
        for (var i = 0; i < Subscriptions; i++)
        {
            _delivery.Subscribe($"c-{i}", "h-ChatHub");
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _delivery.Dispose();

    [Benchmark(OperationsPerInvoke = Subscriptions * Broadcasts)]
    public void Broadcast()
    {
        var expected = _delivery.Delivered + (Subscriptions * Broadcasts);
        for (var i = 0; i < Broadcasts; i++)
        {
            _delivery.Append(BenchmarkFrames.Bytes(1, ["h-ChatHub"]));
        }

        SpinWait.SpinUntil(() => _delivery.Delivered >= expected);
    }
}
