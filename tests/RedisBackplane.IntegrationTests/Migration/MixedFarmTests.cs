using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Transports;

namespace RedisBackplane.IntegrationTests.Migration;

/// <summary>
/// Farms that move from Microsoft.AspNet.SignalR.StackExchangeRedis to this library. First, servers of that package run
/// beside servers that write its format; then these run beside servers that write the current one.
/// </summary>
public sealed class MixedFarmTests : IAsyncLifetime
{
    private const string Key = "hg-hub.room";

    private readonly string _appName = AppNames.Unique("mixed");
    private readonly Stack<IDisposable> _disposables = new();
    private string _connectionString = null!;
    private ConnectionMultiplexer _redis = null!;

    public enum Kind
    {
        Older,
        Legacy,
        Current,
    }

    /// <summary>The kinds of servers that may run at the same time, if a farm is moved in the right order.</summary>
    public static TheoryData<Kind, Kind> Pairs => new()
    {
        { Kind.Older, Kind.Legacy },
        { Kind.Legacy, Kind.Older },
        { Kind.Legacy, Kind.Legacy },
        { Kind.Legacy, Kind.Current },
        { Kind.Current, Kind.Legacy },
    };

    public async Task InitializeAsync()
    {
        _connectionString = (await RedisTestServer.GetSharedAsync()).ConnectionString;
        _redis = await ConnectionMultiplexer.ConnectAsync(_connectionString);
    }

    public Task DisposeAsync()
    {
        while (_disposables.Count > 0)
        {
            _disposables.Pop().Dispose();
        }

        _redis?.Dispose();
        return Task.CompletedTask;
    }

    [RedisTheory]
    [MemberData(nameof(Pairs))]
    public async Task Publish_EveryKindOfMessage_ArrivesUnchangedOnBoth(Kind from, Kind to)
    {
        var (sender, receiver) = (await StartAsync(from), await StartAsync(to));
        var (near, far) = (Subscribe(sender, Key, "c-x"), Subscribe(receiver, Key, "c-x"));
        Message[] messages =
        [
            new("source", Key, "Grüße"),
            new("source", Key, new string('v', 20_000)) { Filter = "c-1|c-2" },
            new("server", "c-x", "{\"CommandType\":1}") { CommandId = "17", WaitForAck = true },
            new("server", "c-x", string.Empty) { CommandId = "17", IsAck = true },
        ];

        foreach (var message in messages)
        {
            await sender.Bus.Publish(message);
        }

        var seen = await far.WaitForAsync(messages.Length);
        Assert.Equal(messages.Select(Describe), seen.Select(Describe));
        Assert.Equal(
            (await near.WaitForAsync(messages.Length)).Select(message => (message.Id, Describe(message))),
            seen.Select(message => (message.Id, Describe(message))));
    }

    [RedisTheory]
    [MemberData(nameof(Pairs))]
    public async Task Publish_BothAtOnceInBatches_IsSeenInOneOrderUnderIdsWithoutHoles(Kind one, Kind other)
    {
        const int perServer = 400;
        FarmMember[] servers = [await StartAsync(one), await StartAsync(other)];
        var subscribers = servers.Select(server => Subscribe(server, Key, "other")).ToArray();

        await Task.WhenAll(servers.Select((server, s) => Task.Run(async () =>
        {
            foreach (var part in Payload.Numbered(perServer, $"{s}:").Chunked(40))
            {
                await Task.WhenAll(part.Select((value, n) => server.PublishAsync(n % 2 == 0 ? Key : "other", value)));
            }
        })));

        var seen = await subscribers[0].WaitForAsync(2 * perServer);
        Assert.Equal(seen.Select(NameOf), (await subscribers[1].WaitForAsync(2 * perServer)).Select(NameOf));
        Assert.Equal(Enumerable.Range(0, 2 * perServer).Select(i => seen[0].Id + (ulong)i), seen.Select(message => message.Id));
        Assert.Equal(2 * perServer, seen.Select(message => message.Value).Distinct().Count());
        Assert.Equal(seen[seen.Count - 1].Id, await CounterAsync());
        Assert.Equal(0, servers.Where(server => server.Bus is RedisMessageBus).Sum(server => server.Server.Bus.Status.MessagesLost));
    }

    [RedisTheory]
    [MemberData(nameof(Pairs))]
    public async Task Groups_ChangedOnOneServer_AreThoseOfAClientOnTheOther(Kind of, Kind on)
    {
        var (server, home) = (await StartAsync(of), await StartAsync(on));
        var received = new List<string>();
        using var registration = home.Connect("me").Receive(null, Collect(received), 10, null);
        var groups = new GroupManager(server.Connect("another"), "pcg-test");

        await server.PublishAsync("pcg-test.room", "\"before\"");
        await Eventually.CompletesAsync(groups.Add("me", "room"), "the group change is acknowledged");
        await server.PublishAsync("pcg-test.room", "\"between\"");
        await Eventually.CompletesAsync(groups.Remove("me", "room"), "the group change is acknowledged");
        await home.PublishAsync("pcg-test.room", "\"after\"");
        await server.PublishAsync("c-me", "\"last\"");

        await Eventually.BecomesTrueAsync(() => Snapshot(received).Contains("\"last\""), "the last message comes");
        Assert.Equal(["\"between\"", "\"last\""], Snapshot(received));
    }

    [RedisFact]
    public async Task BatchOfMany_UnderOneIdOfTheOlderPackage_ArrivesInItsOrderAndMovesTheCursorOnce()
    {
        var (older, ours) = (await StartAsync(Kind.Older), await StartAsync(Kind.Legacy));
        var subscriber = Subscribe(ours, "a", "b");

        await older.OlderBus.SendTogetherAsync(new("s", "b", "1"), new("s", "a", "2"), new("s", "unheard", "-"), new("s", "b", "3"));
        await ours.PublishAsync("a", "4");

        var seen = await subscriber.WaitForAsync(4);
        Assert.Equal([("1", 1ul), ("2", 1ul), ("3", 1ul), ("4", 2ul)], seen.Select(message => (message.Value, message.Id)));
        Assert.Equal("s-0,2", subscriber.ReadCursor());
    }

    [RedisTheory]
    [MemberData(nameof(Pairs))]
    public async Task Client_MovesFromOneServerToTheOther_GetsWhatItMissedOnce(Kind from, Kind to)
    {
        var (first, second) = (await StartAsync(from), await StartAsync(to));
        var (before, elsewhere) = (Subscribe(first, Key), Subscribe(second, Key));
        await first.PublishAsync(Key, "seen");
        await before.WaitForAsync(1);
        await elsewhere.WaitForAsync(1);
        var cursor = before.ReadCursor();
        before.Dispose();

        await first.PublishAsync(Key, "missed 1");
        await second.PublishAsync(Key, "missed 2");
        await elsewhere.WaitForAsync(3);
        var after = Track(second.Subscribe(cursor, Key));
        await first.PublishAsync(Key, "live");
        await after.WaitForAsync(3);

        Assert.Equal(["missed 1", "missed 2", "live"], after.Values);
    }

    [RedisFact]
    public async Task Counter_Lost_IsSetRightForBothAndNeverTooHighForTheOlderPackage()
    {
        var (older, ours) = (await StartAsync(Kind.Older), await StartAsync(Kind.Legacy));
        var (onOlder, onOurs) = (Subscribe(older, Key), Subscribe(ours, Key));
        await older.PublishAsync(Key, "1");
        await ours.PublishAsync(Key, "2");
        await onOurs.WaitForAsync(2);

        await _redis.GetDatabase().KeyDeleteAsync(
            [_appName, $"{{{_appName}}}:counter", $"{{{_appName}}}:log", $"{{{_appName}}}:server:legacy"]);
        await ours.PublishAsync(Key, "3");
        await older.PublishAsync(Key, "4");

        var seen = await onOurs.WaitForAsync(4);
        Assert.Equal(["1", "2", "3", "4"], seen.Select(message => message.Value));
        Assert.Equal(seen.Select(NameOf), (await onOlder.WaitForAsync(4)).Select(NameOf));
        Assert.InRange(seen[2].Id, 1_600_000_000_000ul, 99_999_999_999_999ul);
        Assert.Equal(seen[2].Id + 1, seen[3].Id);
        Assert.Equal(0, ours.Server.Bus.Status.MessagesLost);
        Assert.Empty(older.OlderBus.Unreadable);
    }

    [RedisFact]
    public async Task Counter_LostAndTheOlderPackageSendsFirst_IsSetRightAndTold()
    {
        var (older, ours) = (await StartAsync(Kind.Older), await StartAsync(Kind.Legacy));
        var onOurs = Subscribe(ours, Key);
        await ours.PublishAsync(Key, "1");
        await older.PublishAsync(Key, "2");
        await onOurs.WaitForAsync(2);
        var before = await CounterAsync();

        await older.OlderBus.SendAfterLossAsync($"{{{_appName}}}:counter", new Message(older.Source, Key, "cannot be placed"));
        await Eventually.BecomesTrueAsync(async () => await CounterAsync() > before, "the counter is set right");
        await older.PublishAsync(Key, "3");

        await onOurs.WaitUntilAsync("3");
        Assert.Equal(["1", "2", "3"], onOurs.Values);
        Assert.Equal(1, ours.Server.Bus.Status.MessagesLost);
        Assert.Contains(ours.Server.Logs.Lines, line => line.Event == 3040);
    }

    [RedisFact]
    public async Task MessageOfTheOlderPackage_Missed_IsReportedAndTheNextIsDelivered()
    {
        var (older, ours) = (await StartAsync(Kind.Older), await StartAsync(Kind.Legacy));
        var subscriber = Subscribe(ours, Key);
        await older.PublishAsync(Key, "1");
        await subscriber.WaitForAsync(1);

        // As if the channel had lost it: it only increased the counter.
        await _redis.GetDatabase().StringIncrementAsync(_appName);
        await older.PublishAsync(Key, "3");

        await subscriber.WaitUntilAsync("3");
        Assert.Equal(["1", "3"], subscriber.Values);
        Assert.Equal(1, ours.Server.Bus.Status.MessagesLost);
    }

    [RedisFact]
    public async Task Database_OtherThanZero_IsTheSameFarmAsInTheOlderPackage()
    {
        var older = Track(await FarmMember.OlderAsync(_connectionString, _appName, database: 3));
        var ours = Track(await FarmMember.OursAsync(_connectionString, _appName, WireFormat.Legacy, database: 3));
        var (onOlder, onOurs) = (Subscribe(older, Key), Subscribe(ours, Key));

        await older.PublishAsync(Key, "1");
        await ours.PublishAsync(Key, "2");

        Assert.Equal([("1", 1ul), ("2", 2ul)], (await onOurs.WaitForAsync(2)).Select(message => (message.Value, message.Id)));
        Assert.Equal([("1", 1ul), ("2", 2ul)], (await onOlder.WaitForAsync(2)).Select(message => (message.Value, message.Id)));
    }

    [RedisFact]
    public async Task Farm_MovedOneServerAtATimeAndBack_LosesNothingAndIdsOnlyRise()
    {
        // Two servers run, and one is replaced, through all steps there and back. The newest server and the one that
        // stays receive everything.
        Kind[] steps = [Kind.Older, Kind.Legacy, Kind.Legacy, Kind.Current, Kind.Current, Kind.Legacy, Kind.Legacy, Kind.Older, Kind.Older];
        var staying = await StartAsync(steps[0]);
        await staying.PublishAsync(Key, "of a farm that has run for a while");
        var last = await CounterAsync();
        var sent = 0;
        foreach (var step in steps.Skip(1))
        {
            var coming = await StartAsync(step);
            var subscribers = new[] { Subscribe(staying, Key), Subscribe(coming, Key) };
            var values = Payload.Numbered(60, $"{sent++}:");
            await Task.WhenAll(
                Task.WhenAll(values.Take(30).Select(value => staying.PublishAsync(Key, value))),
                Task.WhenAll(values.Skip(30).Select(value => coming.PublishAsync(Key, value))));

            var seen = await subscribers[0].WaitForAsync(values.Length);
            Assert.Equal(seen.Select(NameOf), (await subscribers[1].WaitForAsync(values.Length)).Select(NameOf));
            Assert.Equal(Enumerable.Range(1, values.Length).Select(i => last + (ulong)i), seen.Select(message => message.Id));
            last = seen[seen.Count - 1].Id;
            subscribers[0].Dispose();
            staying.Dispose();
            staying = coming;
        }
    }

    [RedisFact]
    public async Task HistoryOfTheLegacyFormat_AServerOfTheCurrentOneStarts_HoldsWhatWasSent()
    {
        // A server that was replaced serves the clients that come to it with their cursors.
        var legacy = await StartAsync(Kind.Legacy);
        var before = Subscribe(legacy, Key);
        await legacy.PublishAsync(Key, "seen");
        await before.WaitForAsync(1);
        var cursor = before.ReadCursor();
        await Task.WhenAll(Payload.Numbered(20).Select(value => legacy.PublishAsync(Key, value)));
        await before.WaitForAsync(21);

        var current = await StartAsync(Kind.Current);
        var after = Track(current.Subscribe(cursor, Key));

        await after.WaitForAsync(20);
        Assert.Equal(before.Received.Skip(1).Select(NameOf), after.Received.Select(NameOf));
    }

    private async Task<ulong> CounterAsync()
    {
        var counters = await _redis.GetDatabase().StringGetAsync([_appName, $"{{{_appName}}}:counter"]);
        return counters.Max(counter => ulong.Parse((string?)counter ?? "0", CultureInfo.InvariantCulture));
    }

    private async Task<FarmMember> StartAsync(Kind kind) => Track(kind == Kind.Older
        ? await FarmMember.OlderAsync(_connectionString, _appName)
        : await FarmMember.OursAsync(_connectionString, _appName, kind == Kind.Legacy ? WireFormat.Legacy : WireFormat.Current));

    private TestSubscriber Subscribe(FarmMember member, params string[] keys) => Track(member.Subscribe(null, keys));

    private T Track<T>(T disposable)
        where T : IDisposable
    {
        _disposables.Push(disposable);
        return disposable;
    }

    private static (ulong Id, string Value) NameOf(ReceivedMessage message) => (message.Id, message.Value);

    private static string Describe(Message message) => Describe(
        message.Source, message.Key, message.GetString(), message.CommandId, message.Filter, message.WaitForAck, message.IsAck);

    private static string Describe(ReceivedMessage message) => Describe(
        message.Source, message.Key, message.Value, message.CommandId, message.Filter, message.WaitForAck, message.IsAck);

    private static string Describe(
        string source, string key, string value, string? commandId, string? filter, bool waitForAck, bool isAck) =>
        $"{source}|{key}|{value}|{commandId}|{filter}|{waitForAck}|{isAck}";

    private static List<string> Snapshot(List<string> received)
    {
        lock (received)
        {
            return [.. received];
        }
    }

    private static Func<PersistentResponse, object, Task<bool>> Collect(List<string> received) => (response, _) =>
    {
        if (!response.Terminal)
        {
            using var text = new StringWriter();
            ((Microsoft.AspNet.SignalR.Json.IJsonWritable)response).WriteJson(text);
            lock (received)
            {
                var messages = Newtonsoft.Json.Linq.JObject.Parse(text.ToString())["M"]!;
                received.AddRange(messages.Select(message => message.ToString(Newtonsoft.Json.Formatting.None)));
            }
        }

        return Task.FromResult(true);
    };
}
