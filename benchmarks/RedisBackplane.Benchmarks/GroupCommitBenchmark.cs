using BenchmarkDotNet.Attributes;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using RedisBackplane.Publishing;
using RedisBackplane.Streams;
using RedisBackplane.Wire;

namespace RedisBackplane.Benchmarks;

/// <summary>
/// What a message costs its publisher from the publish to the completion of its task, the call to Redis left out: per
/// message. So many are published while a call is in flight; they go together when it returns.
/// </summary>
public class GroupCommitBenchmark
{
    private const int Published = 1000;

    private readonly Message _message = BenchmarkFrames.Message(BenchmarkFrames.ConnectionKey(1), 100);
    private readonly HeldSender _sender = new();
    private Publisher _publisher = null!;

    [Params(1, 20, 1000)]
    public int MessagesPerCall { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var counters = new PublishCounters(new PerformanceCounterManager());
        var limits = PublisherLimits.From(new RedisBackplaneOptions { AppName = "bench", MaxCallsInFlight = 1 });
        var context = new StreamContext("bench", NullLogger.Instance, TimeProvider.System);
        _publisher = new Publisher(context, PublisherId.New(), limits, _sender, counters);
        _publisher.Open();
    }

    [GlobalCleanup]
    public void Cleanup() => _publisher.Dispose();

    [Benchmark(OperationsPerInvoke = Published)]
    public void Publish()
    {
        for (var i = 0; i < Published; i += MessagesPerCall)
        {
            for (var n = 0; n < MessagesPerCall; n++)
            {
                _ = _publisher.Publish(_message);
            }

            while (_sender.Answer())
            {
            }
        }
    }

    /// <summary>Answers a call when it is told to.</summary>
    private sealed class HeldSender : IBatchSender
    {
        private readonly Queue<(TaskCompletionSource<BatchReply> Call, int Count)> _calls = new();
        private ulong _nextId = 1;

        public Task<ulong?> ReadCounterAsync() => Task.FromResult<ulong?>(null);

        public ValueTask<BatchReply> SendAsync(BatchRequest request)
        {
            var call = new TaskCompletionSource<BatchReply>();
            _calls.Enqueue((call, request.Count));
            return new(call.Task);
        }

        public bool Answer()
        {
            if (!_calls.TryDequeue(out var next))
            {
                return false;
            }

            var first = _nextId;
            _nextId += (ulong)next.Count;
            next.Call.SetResult(new BatchReply(BatchOutcome.Stored, first));
            return true;
        }
    }
}
