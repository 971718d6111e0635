using System.Diagnostics;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Json;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.AspNet.SignalR.Transports;
using Moq;
using Newtonsoft.Json;

namespace RedisBackplane.Tests.Delivery;

/// <summary>The delivery rooms under SignalR's own bus and connection, on real threads.</summary>
public sealed class SignalRBusTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Burst_ToOneKey_AllArriveInOrder(int messagesPerFrame)
    {
        const int Count = 20_000;
        using var bus = new LoopbackMessageBus();
        var clients = Enumerable.Range(0, 3).Select(i => new TestClient($"c{i}", "burst")).ToList();
        var registrations = clients.Select(client => bus.Subscribe(client, null)).ToList();
        var keys = Enumerable.Repeat("burst", messagesPerFrame).ToArray();
        for (var id = 1; id <= Count; id += messagesPerFrame)
        {
            bus.Append(TestFrames.WithKeys((ulong)id, keys));
        }

        await Eventually.BecomesTrueAsync(() => clients.All(c => c.Ids.Count >= Count), "every message of the burst");
        var expected = Enumerable.Range(1, Count).Select(i => (ulong)i).ToList();
        Assert.All(clients, client => Assert.Equal(expected, client.Ids));
        Assert.Equal(0, bus.Delivery.Counters.Overruns.Value);
        registrations.ForEach(registration => registration.Dispose());
    }

    [Fact]
    public async Task Callback_ThatBlocksItsThread_HoldsUpNobodyElse()
    {
        using var bus = new LoopbackMessageBus();
        using var isBlocked = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var blocked = new TestClient("blocked", "a")
        {
            Answer = () =>
            {
                isBlocked.Set();
                return Task.FromResult(release.Wait(TimeSpan.FromSeconds(30)));
            },
        };
        var others = Enumerable.Range(0, 20).Select(i => new TestClient($"c{i}", "a")).ToList();
        bus.Subscribe(blocked, null);
        others.ForEach(client => bus.Subscribe(client, null));
        bus.Append(TestFrames.WithKeys(1, "a"));
        await Eventually.BecomesTrueAsync(() => isBlocked.IsSet, "the client blocks its thread");
        for (ulong id = 2; id <= 100; id++)
        {
            bus.Append(TestFrames.WithKeys(id, "a"));
        }

        await Eventually.BecomesTrueAsync(() => others.All(c => c.Ids.Count == 100), "every other client has all");
        Assert.Equal(1, blocked.Batches);
        release.Set();
        await Eventually.BecomesTrueAsync(() => blocked.Ids.Count == 100, "the one that was blocked has all");
    }

    [Fact]
    public async Task Subscribe_WithCursor_GetsWhatItMissed()
    {
        using var bus = new LoopbackMessageBus();
        bus.Append(TestFrames.WithKeys(1, "a", "x", "a"));
        var client = new TestClient("c", "a");
        using var registration = bus.Subscribe(client, "s-0,1");
        await Eventually.BecomesTrueAsync(() => client.Ids.Count == 1, "the missed message");
        Assert.Equal([3], client.Ids);
    }

    [Fact]
    public void Dispose_SubscriberWithFixedKeys_Succeeds()
    {
        using var bus = new LoopbackMessageBus();
        var acks = new TestClient("acks") { EventKeys = new[] { "server" } };
        bus.Subscribe(acks, null).Dispose();
        Assert.True(acks.GotTerminal);
        Assert.Equal(0, bus.Delivery.Counters.Subscriptions.Value);
    }

    [Fact]
    public void Topics_OfSignalR_AreNotMade()
    {
        using var bus = new LoopbackMessageBus();
        using var registration = bus.Subscribe(new TestClient("c", "a", "b"), null);
        for (ulong id = 1; id <= 1000; id++)
        {
            bus.Append(TestFrames.WithKeys(id, $"foreign{id}"));
        }

        Assert.Equal(0, bus.TopicCount);
        Assert.Equal(2, bus.SignalRCounters.MessageBusTopicsCurrent.RawValue);
        Assert.Equal(1000, bus.SignalRCounters.ScaleoutMessageBusMessagesReceivedPerSec.RawValue);
    }

    [Fact]
    public async Task Connection_GroupChangesWithAck_TakeEffectAndAreAcknowledged()
    {
        using var bus = new LoopbackMessageBus();
        using var acks = new AckHandler();
        using var ackRegistration = bus.Subscribe(NewAckSubscriber(), null, TriggerAcks(acks), 10, null);
        var connection = NewConnection(bus, acks, "me");
        var received = new List<string>();
        using var registration = connection.Receive(null, Collect(received), 10, null);

        var groups = new GroupManager(connection, "pcg-test");
        await bus.Publish(new Message("s", "pcg-test.room", "\"before\""));
        await groups.Add("me", "room").Bounded();
        await bus.Publish(new Message("s", "pcg-test.room", "\"between\""));
        await groups.Remove("me", "room").Bounded();
        await bus.Publish(new Message("s", "pcg-test.room", "\"after\""));
        await bus.Publish(new Message("s", "c-me", "\"last\""));
        await Eventually.BecomesTrueAsync(() => Snapshot(received).Contains("\"last\""), "the last message");
        Assert.Equal(["\"between\"", "\"last\""], Snapshot(received));
    }

    [Fact]
    public async Task Filter_ExcludesTheConnectionItNames()
    {
        using var bus = new LoopbackMessageBus();
        using var acks = new AckHandler();
        var received = new List<string>();
        using var registration = NewConnection(bus, acks, "me").Receive(null, Collect(received), 10, null);
        await bus.Publish(new Message("s", "pc-test", "\"not for me\"") { Filter = "other|c-me" });
        await bus.Publish(new Message("s", "pc-test", "\"for all\""));
        await Eventually.BecomesTrueAsync(() => Snapshot(received).Count > 0, "a message");
        Assert.Equal(["\"for all\""], Snapshot(received));
    }

    [Fact]
    public async Task Traces_OfABus_AreWrittenUnderItsNamesWithoutPayload()
    {
        using var listener = new RecordedTraces();
        using var bus = new LoopbackMessageBus();
        var traces = bus.Resolver.Resolve<ITraceManager>();
        traces.Switch.Level = SourceLevels.Verbose;
        traces["SignalR.ScaleoutMessageBus"].Listeners.Add(listener);
        traces["SignalR.ScaleoutSubscription"].Listeners.Add(listener);
        var client = new TestClient("c", "a");
        using var registration = bus.Subscribe(client, null);
        bus.Append(TestFrames.Create(7, TestFrames.Message("a", "secret")));
        await Eventually.BecomesTrueAsync(() => client.Ids.Count == 1, "a message");
        var text = string.Concat(listener.Events.Select(traced => traced.Text));
        Assert.Contains("OnReceived(0, 7, 1)", text);
        Assert.Contains("Received message 7: 6 bytes for 'a'", text);
        Assert.Contains("Setting cursor 0 to 7 [c]", text);
        Assert.DoesNotContain("secret", text);
    }

    private static Connection NewConnection(LoopbackMessageBus bus, AckHandler acks, string id)
    {
        var protectedData = new Mock<IProtectedData>();
        protectedData.Setup(data => data.Protect(It.IsAny<string>(), It.IsAny<string>())).Returns((string text, string _) => text);
        return new Connection(
            bus,
            bus.Resolver.Resolve<JsonSerializer>(),
            "pc-test",
            id,
            ["pc-test", "c-" + id],
            [],
            bus.Resolver.Resolve<ITraceManager>(),
            acks,
            bus.SignalRCounters,
            protectedData.Object,
            bus.Resolver.Resolve<IMemoryPool>());
    }

    private static TestClient NewAckSubscriber() => new("acks") { EventKeys = new[] { "__SIGNALR__SERVER__" } };

    private static Func<MessageResult, object, Task<bool>> TriggerAcks(AckHandler acks) => (result, _) =>
    {
        foreach (var message in result.Messages.SelectMany(segment => segment).Where(message => message.IsAck))
        {
            acks.TriggerAck(message.CommandId);
        }

        return Task.FromResult(true);
    };

    private static Func<PersistentResponse, object, Task<bool>> Collect(List<string> received) => (response, _) =>
    {
        if (!response.Terminal)
        {
            var text = new StringWriter();
            ((IJsonWritable)response).WriteJson(text);
            var messages = Newtonsoft.Json.Linq.JObject.Parse(text.ToString())["M"]!;
            lock (received)
            {
                received.AddRange(messages.Select(message => message.ToString(Formatting.None)));
            }
        }

        return Task.FromResult(true);
    };

    private static List<string> Snapshot(List<string> received)
    {
        lock (received)
        {
            return [.. received];
        }
    }
}
