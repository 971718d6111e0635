using BenchmarkDotNet.Attributes;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Wire;

namespace RedisBackplane.Benchmarks;

/// <summary>Writing a batch: per message.</summary>
public class FrameWriterBenchmark
{
    private const int Messages = 1000;

    private readonly Message[] _messages = new Message[Messages];

    [Params(100, 1024, 16 * 1024)]
    public int ValueBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Messages; i++)
        {
            _messages[i] = BenchmarkFrames.Message(BenchmarkFrames.ConnectionKey(i), ValueBytes);
        }
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Append()
    {
        var writer = new FrameWriter();
        foreach (var message in _messages)
        {
            writer.Append(message);
        }

        var length = writer.Complete(default, 1, 0).Length;
        writer.Recycle();
        return length;
    }
}
