using System.Collections.Concurrent;
using System.Globalization;

namespace RedisBackplane.Tests.Publishing;

/// <summary>Many threads publish at once, and answers come on threads of their own.</summary>
public sealed class PublisherConcurrencyTests
{
    private const int Threads = 8;
    private const int MessagesPerThread = 1_000;

    [Fact]
    public async Task Publish_FromManyThreads_KeepsTheOrderOfEachAndLosesNothing()
    {
        using var redis = new ThreadedRedis(failEvery: 0);
        await PublishFromManyThreads(redis);

        Assert.True(redis.Calls < Threads * MessagesPerThread / 2, $"{redis.Calls} calls are no group commit");
    }

    [Fact]
    public async Task Publish_FromManyThreadsWhileCallsFail_KeepsTheOrderOfEachAndLosesNothing()
    {
        using var redis = new ThreadedRedis(failEvery: 50);
        await PublishFromManyThreads(redis);
    }

    private static async Task PublishFromManyThreads(ThreadedRedis redis)
    {
        var limits = PublisherHarness.Limits with
        {
            MaxQueueMessages = int.MaxValue,
            MaxQueueBytes = long.MaxValue,
            PublishTimeout = TimeSpan.FromMinutes(1),
            MaxBatchMessages = 500,
        };
        var signalR = new FakeCounters();
        var counters = new PublishCounters(signalR);
        var context = new StreamContext("Chat", new RecordedLogger(), TimeProvider.System) { Jitter = () => 0 };
        using var publisher = new Publisher(context, PublisherId.New(), limits, redis, counters);
        publisher.Open();

        using var start = new Barrier(Threads);
        var publishing = Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                var publishes = new List<Task>(MessagesPerThread);
                start.SignalAndWait();
                for (var i = 0; i < MessagesPerThread; i++)
                {
                    publishes.Add(publisher.Publish(Messages.Create(FormattableString.Invariant($"{thread}:{i}"))));
                }

                return Task.WhenAll(publishes);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()).ToArray();
        await Task.WhenAll(publishing).Bounded();

        var stored = redis.Stored
            .Select(value => value.Split(':').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray())
            .ToLookup(pair => pair[0], pair => pair[1]);
        for (var thread = 0; thread < Threads; thread++)
        {
            Assert.Equal(Enumerable.Range(0, MessagesPerThread), stored[thread]);
        }

        Assert.False(redis.WasCalledByTwoAtOnce);
        await publisher.WhenDrained().Bounded();
        Assert.Equal((0, 0, 0), (counters.QueueMessages, counters.QueueBytes, signalR.ScaleoutSendQueueLength.RawValue));
        Assert.Equal(Threads * MessagesPerThread, counters.SentMessages.Value);
    }

    /// <summary>Runs calls in turn on its own thread; the pool answers. Some calls and answers are lost.</summary>
    private sealed class ThreadedRedis : IBatchSender, IDisposable
    {
        private readonly ModelRedis _redis = new();
        private readonly BlockingCollection<(SendCall Call, TaskCompletionSource<BatchReply> Reply)> _calls = [];
        private readonly int _failEvery;
        private int _sending;

        public ThreadedRedis(int failEvery)
        {
            _failEvery = failEvery;
            new Thread(Run) { IsBackground = true }.Start();
        }

        public int Calls { get; private set; }

        public bool WasCalledByTwoAtOnce { get; private set; }

        public IReadOnlyList<string> Stored
        {
            get
            {
                lock (_redis)
                {
                    return [.. _redis.History];
                }
            }
        }

        public Task<ulong?> ReadCounterAsync() => Task.FromResult<ulong?>(null);

        public ValueTask<BatchReply> SendAsync(BatchRequest request)
        {
            WasCalledByTwoAtOnce |= Interlocked.Increment(ref _sending) != 1;
            var reply = new TaskCompletionSource<BatchReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            _calls.Add((new SendCall(request), reply));
            Interlocked.Decrement(ref _sending);
            return new(reply.Task);
        }

        public void Dispose() => _calls.CompleteAdding();

        private void Run()
        {
            foreach (var (call, reply) in _calls.GetConsumingEnumerable())
            {
                Calls++;
                var fails = _failEvery > 0 && Calls % _failEvery < 2;
                if (fails && Calls % 2 == 0)
                {
                    reply.SetException(new TimeoutException("never arrived"));
                    continue;
                }

                BatchReply answer;
                lock (_redis)
                {
                    answer = _redis.Run(call);
                }

                if (fails)
                {
                    reply.SetException(new TimeoutException("the answer was lost"));
                }
                else
                {
                    reply.SetResult(answer);
                }
            }
        }
    }
}
