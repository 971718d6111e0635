using BenchmarkDotNet.Attributes;

namespace RedisBackplane.Benchmarks;

/// <summary>
/// The cost of a received message for this server, starting from the frame's bytes, per message. The log is full, so as
/// much is dropped as is added.
/// is dropped as is added.
/// </summary>
public class MessageLogBenchmark
{
    private const int Batch = 1000;

    private DeliveryBench _delivery = null!;
    private byte[][] _frames = [];
    private int _next;

    [Params(1, 100, 1000)]
    public int MessagesPerFrame { get; set; }

    [GlobalSetup(Target = nameof(AppendUnheard))]
    public void SetupUnheard() => Setup(2000, 1_000_000);

    /// <summary>2,000 connections, each with keys of its own; every message is for one of them.</summary>
    [GlobalSetup(Target = nameof(AppendAndDeliver))]
    public void SetupHeard() => Setup(2000, 0);

    /// <summary>One connection that every message is for.</summary>
    [GlobalSetup(Target = nameof(AppendAndDeliverToOne))]
    public void SetupOne() => Setup(1, 0);

    [GlobalCleanup]
    public void Cleanup() => _delivery.Dispose();

    [Benchmark(OperationsPerInvoke = Batch)]
    public void AppendUnheard() => AppendBatch();

    [Benchmark(OperationsPerInvoke = Batch)]
    public void AppendAndDeliver() => AppendBatch();

    [Benchmark(OperationsPerInvoke = Batch)]
    public void AppendAndDeliverToOne() => AppendBatch();

    private void Setup(int connections, int firstKey)
    {
        _delivery = new DeliveryBench(maxLogMessages: 20_000);
        for (var i = 0; i < connections; i++)
        {
            _delivery.Subscribe(BenchmarkFrames.ConnectionKey(i), "h-ChatHub", $"c-{i}", "pcg-all");
        }

        // More frames than the log keeps, so that no bytes are renumbered that the log still has.
        _frames = new byte[40_000 / MessagesPerFrame][];
        for (var i = 0; i < _frames.Length; i++)
        {
            var first = i * MessagesPerFrame;
            var keys = Enumerable.Range(first, MessagesPerFrame).Select(n => firstKey + (n * 7919 % connections));
            _frames[i] = BenchmarkFrames.Bytes(1, keys.Select(BenchmarkFrames.ConnectionKey));
        }
    }

    private void AppendBatch()
    {
        for (var i = 0; i < Batch; i += MessagesPerFrame)
        {
            _delivery.Append(_frames[_next++ % _frames.Length]);
            _delivery.Run();
        }
    }
}
