using System.Runtime.CompilerServices;

namespace RedisBackplane.Tests.Delivery;

/// <summary>They read the heap of the whole process, so nothing else may run at the same time.</summary>
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
#if NET
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void UnheardMessages_InAFullLog_AllocateNothing(int messagesPerFrame)
    {
        const int Messages = 20_000;
        using var harness = new DeliveryHarness(new DeliveryLimits(4000, 16 * 1024 * 1024));
        harness.Connect(null, "somebody");
        var keys = Enumerable.Range(0, messagesPerFrame).Select(i => $"hc-ChatHub.{Guid.NewGuid()}").ToArray();
        var frames = new Frame[2 * Messages / messagesPerFrame];
        for (var i = 0; i < frames.Length; i++)
        {
            frames[i] = TestFrames.WithKeys((ulong)(i * messagesPerFrame) + 1, keys);
        }

        for (var i = 0; i < frames.Length / 2; i++)
        {
            harness.Append(frames[i]);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = frames.Length / 2; i < frames.Length; i++)
        {
            harness.Append(frames[i]);
        }

        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Messages;
        Assert.True(each < 1, $"{each} bytes for each message that nobody hears");
    }
#endif

    [Fact]
    public void Clients_ThatLeft_AreForgotten()
    {
        using var harness = new DeliveryHarness(new DeliveryLimits(2000, 1024 * 1024));
        var (floor, clients) = OnAThreadThatEnds(() => Serve(harness));
        harness.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, harness.Counters.Subscriptions.Value);
        Assert.Equal(0, harness.Counters.IndexedKeys.Value);
        Assert.InRange(harness.Counters.LogBytes.Value, 0, 1024 * 1024);

        var left = HeapBytes();
        var isMono = Type.GetType("Mono.Runtime") is not null;

        // Mono treats everything on a stack that looks like an address as one, and so keeps some objects for no reason.
        // The stack that had all of them in a list no longer exists.
        Assert.InRange(clients.Count(client => client.IsAlive), 0, isMono ? 20 : 0);

        // Mono also counts the gaps between objects, so the number of collected clients above must suffice there.
        if (!isMono)
        {
            Assert.True(left - floor < 1_000_000, $"{left - floor} bytes more than before 2,000 clients came and went");
        }
    }

    [Fact]
    public void Clients_ThatLeftBeforeTheStart_AreForgotten()
    {
        using var harness = new DeliveryHarness(start: false);
        var clients = OnAThreadThatEnds(() => ComeAndGo(harness));
        harness.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, harness.Counters.IndexedKeys.Value);

        HeapBytes();

        // As in the test above.
        var isMono = Type.GetType("Mono.Runtime") is not null;
        Assert.InRange(clients.Count(client => client.IsAlive), 0, isMono ? 20 : 0);
    }

    [Fact]
    public void Log_FramesOfAllSizes_StaysWithinItsBytes()
    {
        const long Limit = 1024 * 1024;
        using var harness = new DeliveryHarness(new DeliveryLimits(1_000_000, Limit));
        harness.Connect(null, "a");
        var random = new Random(1);
        ulong id = 1;
        for (var i = 0; i < 3000; i++)
        {
            var count = random.Next(1, 30);
            var value = new string('v', random.Next(500));
            var messages = Enumerable.Range(0, count).Select(n => TestFrames.Message(n % 2 == 0 ? "a" : "x", value));
            harness.AppendAndRun(TestFrames.Create(id, [.. messages]));
            id += (ulong)count;
            Assert.InRange(harness.Counters.LogBytes.Value, 1, Limit);
        }

        Assert.True(harness.Counters.LogBytes.Value > Limit / 2);
        Assert.Equal(0, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void Log_OneFrameLargerThanItsBytes_IsDeliveredAllTheSame()
    {
        using var harness = new DeliveryHarness(new DeliveryLimits(1000, 64 * 1024));
        var client = harness.Connect(null, "a");
        harness.AppendAndRun(TestFrames.Create(1, TestFrames.Message("a", new string('v', 200_000))));
        harness.AppendAndRun(TestFrames.Create(2, TestFrames.Message("a", new string('v', 200_000))));
        Assert.Equal([1, 2], client.Ids);
        Assert.Equal(1, harness.Counters.LogMessages.Value);
    }

    private static T OnAThreadThatEnds<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>();
        var thread = new Thread(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        thread.Start();
        thread.Join();
        return result.Task.GetAwaiter().GetResult();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (long Floor, List<WeakReference> Clients) Serve(DeliveryHarness harness)
    {
        // The log is full before, so that its content is not part of the difference.
        ulong id = 1;
        for (; id < 4000; id += 10)
        {
            harness.Append(TestFrames.WithKeys(id, [.. Enumerable.Range(0, 10).Select(i => $"foreign{i}")]));
        }

        var floor = HeapBytes();
        var clients = new List<TestClient>();
        for (var i = 0; i < 2000; i++)
        {
            var client = new TestClient($"c{i}", $"c-{i}", $"hc-Chat.{i}", "h-Chat", $"group{i % 50}");
            harness.Subscribe(client, null);
            clients.Add(client);
        }

        for (var round = 0; round < 200; round++, id += 10)
        {
            var keys = Enumerable.Range(0, 10).Select(i => i == 0 ? "h-Chat" : $"c-{(round * 10) + i}");
            harness.AppendAndRun(TestFrames.WithKeys(id, [.. keys]));
        }

        Assert.All(clients, client => Assert.InRange(client.Ids.Count, 200, 201));
        clients.ForEach(client => harness.Unsubscribe(client));
        for (var i = 0; i < 400; i++, id += 10)
        {
            harness.Append(TestFrames.WithKeys(id, [.. Enumerable.Range(0, 10).Select(n => $"foreign{n}")]));
        }

        return (floor, [.. clients.Select(client => new WeakReference(client))]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> ComeAndGo(DeliveryHarness harness)
    {
        var clients = new List<WeakReference>();
        for (var i = 0; i < 1000; i++)
        {
            var client = harness.Connect(null, $"c-{i}", "h-Chat");
            harness.Unsubscribe(client);
            clients.Add(new WeakReference(client));
        }

        return clients;
    }

    private static long HeapBytes()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    [CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
    public sealed class Alone;
}
