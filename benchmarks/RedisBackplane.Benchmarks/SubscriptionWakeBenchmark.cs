using BenchmarkDotNet.Attributes;

namespace RedisBackplane.Benchmarks;

/// <summary>
/// One message to 1,000 subscriptions of 30 keys each, after a number of messages to other keys, per delivery. A
/// subscription that looks at the messages of others takes longer if there are more of them.
/// </summary>
public class SubscriptionWakeBenchmark
{
    private const int Subscriptions = 1000;
    private const int KeysEach = 30;

    private DeliveryBench _delivery = null!;
    private byte[][] _foreign = [];
    private byte[][] _own = [];
    private int _nextForeign;
    private int _nextOwn;

    [Params(0, 65_000)]
    public int ForeignMessages { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _delivery = new DeliveryBench();
        for (var i = 0; i < Subscriptions; i++)
        {
            _delivery.Subscribe([.. Enumerable.Range(0, KeysEach - 1).Select(k => $"hg-ChatHub.{i}.{k}"), "h-ChatHub"]);
        }

        var keys = Enumerable.Range(0, 1000).Select(BenchmarkFrames.ConnectionKey).ToArray();
        _foreign = [.. Enumerable.Range(0, 600).Select(i => BenchmarkFrames.Bytes(1, keys))];
        _own = [.. Enumerable.Range(0, 300_000).Select(_ => BenchmarkFrames.Bytes(1, ["h-ChatHub"]))];
    }

    [GlobalCleanup]
    public void Cleanup() => _delivery.Dispose();

    [IterationSetup]
    public void AppendForeign()
    {
        for (var i = 0; i < ForeignMessages / 1000; i++)
        {
            _delivery.Append(_foreign[_nextForeign++ % _foreign.Length]);
        }
    }

    [Benchmark(OperationsPerInvoke = Subscriptions)]
    public void Wake()
    {
        _delivery.Append(_own[_nextOwn++ % _own.Length]);
        _delivery.Run();
    }
}
