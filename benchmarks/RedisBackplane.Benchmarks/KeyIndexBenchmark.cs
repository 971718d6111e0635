using System.Text;
using BenchmarkDotNet.Attributes;
using RedisBackplane.Delivery.Buffer;

namespace RedisBackplane.Benchmarks;

/// <summary>Looking a key up by its bytes: per key.</summary>
public class KeyIndexBenchmark
{
    private const int Looked = 10_000;

    private readonly SipHash _hash = SipHash.Random();
    private readonly KeyTable _table = new();
    private byte[][] _known = [];
    private byte[][] _unknown = [];

    [Params(100, 10_000)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _known = [.. Enumerable.Range(0, Looked).Select(i => Encoding.UTF8.GetBytes(BenchmarkFrames.ConnectionKey(i % Keys)))];
        _unknown = [.. Enumerable.Range(0, Looked).Select(i => Encoding.UTF8.GetBytes(BenchmarkFrames.ConnectionKey(i + 1_000_000)))];
        foreach (var key in _known.Take(Keys))
        {
            _table.Add(new KeyEntry(Encoding.UTF8.GetString(key), key, (uint)_hash.Compute(key)));
        }
    }

    [Benchmark(OperationsPerInvoke = Looked)]
    public int Heard() => Find(_known);

    [Benchmark(OperationsPerInvoke = Looked)]
    public int Unheard() => Find(_unknown);

    private int Find(byte[][] keys)
    {
        var found = 0;
        foreach (var key in keys)
        {
            if (_table.Find((uint)_hash.Compute(key), key) is not null)
            {
                found++;
            }
        }

        return found;
    }
}
