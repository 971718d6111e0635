using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Tool.Benchmarking;

/// <summary>
/// A subscriber of the bus, like a client's connection, that counts messages and records their latency.
/// </summary>
internal sealed class BenchSubscriber : ISubscriber, IDisposable
{
    public const string Key = "bench";

    private const int MaxMessages = 5000;

    private readonly IDisposable _subscription;
    private long _received;

    public BenchSubscriber(RedisMessageBus bus) => _subscription = bus.Subscribe(this, null!, OnMessages, MaxMessages, null!);

    event Action<ISubscriber, string>? ISubscriber.EventKeyAdded
    {
        add { }
        remove { }
    }

    event Action<ISubscriber, string>? ISubscriber.EventKeyRemoved
    {
        add { }
        remove { }
    }

    public IList<string> EventKeys { get; } = [Key];

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; } = Guid.NewGuid().ToString("N");

    public Subscription? Subscription { get; set; }

    public long Received => Volatile.Read(ref _received);

    /// <summary>Receives the latencies from now on.</summary>
    public LatencyRecord Latency { get; set; } = new();

    public void Dispose() => _subscription.Dispose();

    private Task<bool> OnMessages(MessageResult result, object? state)
    {
        var (now, latency) = (Stopwatch.GetTimestamp(), Latency);
        foreach (var segment in result.Messages)
        {
            foreach (var message in segment)
            {
                latency.Add(now - MemoryMarshal.Read<long>(message.Value));
            }

            Interlocked.Add(ref _received, segment.Count);
        }

        return Task.FromResult(true);
    }
}
