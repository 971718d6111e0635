using System.Diagnostics;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace RedisBackplane.Tests.Delivery.Buffer;

/// <summary>Cursors that an attacker made up to cause work for the server.</summary>
public sealed class HostileCursorTests(ITestOutputHelper output) : DeliveryTest
{
    private const int Frames = 100_000;

    private static readonly DeliveryLimits Limits = new(Frames, 256 * 1024 * 1024);

    // On a loaded machine the thread may lose the processor a few times. That is no delay by a lock.
    private static readonly TimeSpan FewMilliseconds = TimeSpan.FromMilliseconds(5);
    private const double Part = 0.99;

    [Theory]
    [InlineData("s-0,1")]
    [InlineData("s-99999,1")]
    [InlineData("s-63,1|99999,1")]
    public async Task Cursors_OnAFullBuffer_DoNotDelayWhatIsReceived(string cursor)
    {
        var context = new DeliveryContext("test", new FakeCounters(), new TraceManager(), NullLogger.Instance, TimeProvider.System);
        using var delivery = new MessageDelivery(context, 1, Limits);
        var sink = delivery.GetSink(0);
        sink.Start(0);
        var id = 0UL;
        while (id < Frames)
        {
            sink.Append(TestFrames.WithKeys(++id, "other"));
        }

        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var attack = Task.Run(() => Attack(delivery, cursor, begun, stop.Token));
        await begun.Task.Bounded();
        var waits = new long[200_000];
        for (var i = 0; i < waits.Length; i++)
        {
            var frame = TestFrames.WithKeys(++id, "other");
            var began = Stopwatch.GetTimestamp();
            sink.Append(frame);
            waits[i] = Stopwatch.GetTimestamp() - began;
        }

        stop.Cancel();
        var subscriptions = await attack.Bounded();

        Array.Sort(waits);
        output.WriteLine($"{cursor}: {subscriptions} subscriptions, {context.Counters.Backfills.Value} scans; an append took "
            + $"{At(0.5):0.000}, {At(0.99):0.000}, {At(0.999):0.000}, {At(1):0.000} ms (p50, p99, p99.9, most)");
        Assert.True(subscriptions > 0);
        Assert.InRange(TimeSpan.FromMilliseconds(At(Part)), TimeSpan.Zero, FewMilliseconds);

        double At(double part) => waits[(int)((waits.Length - 1) * part)] * 1000.0 / Stopwatch.Frequency;
    }

    [Fact]
    public void Client_ThatComesAgainAndAgainWithAnOldCursor_IsScannedForOnce()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "b", "a"));
        for (var i = 0; i < 100; i++)
        {
            var client = Harness.Connect("s-0,1", "a");
            Assert.Equal([3], client.Ids);
            Harness.Unsubscribe(client);
            Harness.AppendAndRun(TestFrames.WithKeys((ulong)i + 4, "b"));
        }

        Assert.Equal(1, Harness.Counters.Backfills.Value);
    }

    [Fact]
    public void Client_WhoseCursorGoesBackEachTime_HasEachMessageSearchedOnceForEachOfItsKeys()
    {
        const int messages = 200;
        using var harness = HarnessWith(messages);
        for (var place = messages - 1; place >= 0; place--)
        {
            harness.Unsubscribe(harness.Connect(FormattableString.Invariant($"s-0,{place:X}"), "a", "b"));
        }

        Assert.Equal(messages, harness.Counters.SearchedMessages.Value);
    }

    [Fact]
    public void Clients_HundredsOfNewOnesWithTheOldestCursor_ShareOneSearch()
    {
        const int messages = 200;
        using var harness = HarnessWith(messages);
        for (var client = 0; client < 500; client++)
        {
            harness.Subscribe(new TestClient($"client {client}", $"key {client}"), "s-0,0");
        }

        harness.Pool.RunAll();

        Assert.Equal((1, messages), (harness.Counters.Backfills.Value, harness.Counters.SearchedMessages.Value));
    }

    [Fact]
    public void Client_WhoseCursorIsFarBack_DoesNotMakeTheSearchForAnotherLonger()
    {
        const int messages = 200;
        using var harness = HarnessWith(messages);
        harness.Connect(FormattableString.Invariant($"s-0,{10:X}"), "a");
        harness.Subscribe(new TestClient("attacker", "a"), "s-0,0");
        harness.Subscribe(new TestClient("client", "b"), FormattableString.Invariant($"s-0,{messages - 10:X}"));
        var before = harness.Counters.SearchedMessages.Value;

        harness.Pool.RunAll();

        Assert.Equal(10 + 10, harness.Counters.SearchedMessages.Value - before);
    }

    [Fact]
    public void Cursor_OfStreamsThatDoNotExist_CausesNoScan()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "a"));

        var client = Harness.Connect("s-0,2|1,1|63,1|64,1|99998,1", "a");
        Harness.AppendAndRun(TestFrames.WithKeys(3, "a"));

        Assert.Equal([3], client.Ids);
        Assert.Equal(0, Harness.Counters.Backfills.Value);
    }

    private static DeliveryHarness HarnessWith(int messages)
    {
        var harness = new DeliveryHarness();
        harness.AppendEach(1, (ulong)messages, "other");
        return harness;
    }

    private static int Attack(MessageDelivery delivery, string cursor, TaskCompletionSource<bool> begun, CancellationToken stop)
    {
        var subscriptions = 0;
        while (!stop.IsCancellationRequested)
        {
            var client = new TestClient($"client {subscriptions}", $"key {subscriptions}");
            var subscription = delivery.CreateSubscription(client, cursor, client.Callback, 10, null);
            subscription.Activate();
            subscription.Dispose();
            subscriptions++;
            begun.TrySetResult(true);
        }

        return subscriptions;
    }
}
