using BenchmarkDotNet.Attributes;
using RedisBackplane.Wire;

namespace RedisBackplane.Benchmarks;

/// <summary>Reading a frame: per message.</summary>
public class FrameBenchmark
{
    private const int Messages = 1000;

    private byte[] _bytes = [];

    [GlobalSetup]
    public void Setup() => _bytes = BenchmarkFrames.Bytes(1, Enumerable.Range(0, Messages).Select(BenchmarkFrames.ConnectionKey));

    /// <summary>The check that the received bytes are a whole frame. It runs once for each frame.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public bool TryRead() => Frame.TryRead(_bytes, out _, out _);

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Keys()
    {
        var sum = 0;
        var messages = Frame.EnumerateKeys(_bytes);
        for (var i = 0; i < Messages; i++)
        {
            messages.MoveNext();
            sum += messages.Key.Length;
        }

        return sum;
    }
}
