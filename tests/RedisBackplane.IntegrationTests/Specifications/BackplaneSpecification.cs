namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>What a farm can rely on while its Redis works.</summary>
public abstract class BackplaneSpecification(Func<RedisTopology> topology) : Specification(topology)
{
    private const int MalformedFrameEvent = 3001;

    /// <summary>Whether servers read what they missed.</summary>
    protected virtual bool HasHistory => true;

    [SpecificationFact]
    public async Task Publish_OnOneServer_ReachesASubscriberOnTheOther()
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var subscriber = Subscribe(second);

        await first.PublishAsync(Key, "hello");

        var message = Assert.Single(await subscriber.WaitForAsync(1));
        Assert.Equal((first.Source, Key, "hello"), (message.Source, message.Key, message.Value));
    }

    [SpecificationFact]
    public async Task Publish_OnOneServer_ReachesItsOwnSubscriberOnce()
    {
        var server = await StartConnectedServerAsync();
        var subscriber = Subscribe(server);

        await server.PublishAsync(Key, "first");
        await server.PublishAsync(Key, "second");
        await subscriber.WaitForAsync(2);

        Assert.Equal(["first", "second"], subscriber.Values);
    }

    [SpecificationFact]
    public async Task Publish_OnASendOnlyServer_ReachesTheOthersAndNotItself()
    {
        var sender = await StartConnectedServerAsync(options => options.SendOnly = true);
        var own = Subscribe(sender);
        var other = Subscribe(await StartConnectedServerAsync());

        await sender.PublishAsync(Key, "first");
        await sender.PublishAsync(Key, "second");
        await other.WaitForAsync(2);

        Assert.Equal(["first", "second"], other.Values);
        Assert.Empty(own.Values);
        Assert.Equal((2, 0), (sender.Bus.Status.MessagesSent, sender.Bus.Status.MessagesLost));
    }

    [SpecificationFact]
    public async Task Publish_ToAnotherKey_DoesNotReachTheSubscriber()
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var subscriber = Subscribe(second);

        await first.PublishAsync("another key", "for others");
        await first.PublishAsync(Key, "for me");
        await subscriber.WaitForAsync(1);

        Assert.Equal(["for me"], subscriber.Values);
    }

    [SpecificationFact]
    public async Task Publish_FromThreeServersAtOnce_IsSeenInOneOrderByAll()
    {
        const int perServer = 1000;
        var servers = new[] { await StartConnectedServerAsync(), await StartConnectedServerAsync(), await StartConnectedServerAsync() };
        var subscribers = servers.Select(server => Subscribe(server, Key, "other")).ToArray();

        await Task.WhenAll(servers.Select((server, i) => Task.Run(async () =>
        {
            // Some wait for each other, some do not: batches of every size.
            foreach (var part in Payload.Numbered(perServer, $"{i}:").Chunked(100))
            {
                await Task.WhenAll(part.Select((value, n) => server.PublishAsync(n % 2 == 0 ? Key : "other", value)));
            }
        })));

        var seen = new List<IReadOnlyList<ReceivedMessage>>();
        foreach (var subscriber in subscribers)
        {
            seen.Add(await subscriber.WaitForAsync(servers.Length * perServer));
        }

        AssertSameOrderEverywhere(seen);
        for (var i = 0; i < servers.Length; i++)
        {
            var ofServer = seen[0].Where(message => message.Source == servers[i].Source).Select(message => message.Value);
            Assert.Equal(Payload.Numbered(perServer, $"{i}:"), ofServer);
        }
    }

    [SpecificationFact]
    public async Task Publish_BurstOfTenThousand_ArrivesInOrderExactlyOnce()
    {
        var values = Payload.Numbered(10_000);
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var near = Subscribe(first);
        var far = Subscribe(second);

        await Task.WhenAll(values.Select(value => first.PublishAsync(Key, value)));
        await first.PublishAsync(Key, "end");
        await near.WaitForAsync(values.Length + 1);
        await far.WaitForAsync(values.Length + 1);

        Assert.Equal([.. values, "end"], near.Values);
        Assert.Equal([.. values, "end"], far.Values);
        AssertIdsRise(far.Received);
    }

    [SpecificationFact]
    public async Task Publish_OfFiveMegabytes_ArrivesWhole()
    {
        var value = string.Concat(Enumerable.Range(0, 5 * 1024 * 1024 / 8).Select(i => i.ToString("x8", CultureInfo.InvariantCulture)));
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var subscriber = Subscribe(second);

        await first.PublishAsync(Key, value);
        await first.PublishAsync(Key, "after");
        await subscriber.WaitForAsync(2);

        Assert.True(subscriber.Values.SequenceEqual([value, "after"]), "The large message was changed on its way.");
    }

    [SpecificationTheory]
    [InlineData("key", "value", null, null, false, false)]
    [InlineData("key", "", null, null, false, false)]
    [InlineData("key", "{\"to\":\"some\"}", null, "one|two", false, false)]
    [InlineData("key", "add to group", "42", null, true, false)]
    [InlineData("key", "add to group", "42", null, false, false)]
    [InlineData("key", "", "42", null, false, true)]
    [InlineData("hg-Chat.ключ 钥匙 🔑", "значение 值 💬", null, "füße", false, false)]
    public async Task Publish_WithFlagsFilterOrCommand_ArrivesUnchanged(
        string key, string value, string? commandId, string? filter, bool waitForAck, bool isAck)
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var subscriber = Subscribe(second, key);

        await first.Bus.Publish(new Message(first.Source, key, value)
        {
            CommandId = commandId,
            Filter = filter,
            WaitForAck = waitForAck,
            IsAck = isAck,
        });
        var message = Assert.Single(await subscriber.WaitForAsync(1));

        Assert.Equal((first.Source, key, value), (message.Source, message.Key, message.Value));
        Assert.Equal(commandId ?? string.Empty, message.CommandId ?? string.Empty);
        Assert.Equal(filter ?? string.Empty, message.Filter ?? string.Empty);
        Assert.Equal((waitForAck, isAck), (message.WaitForAck, message.IsAck));
    }

    [SpecificationTheory]
    [InlineData("other")]
    [InlineData("*")]
    [InlineData(":log")]
    public async Task Publish_OfAnotherApplicationOnTheSameRedis_IsNeverSeen(string suffix)
    {
        var ours = await StartConnectedServerAsync();
        var theirs = await StartConnectedServerAsync(appName: AppName + suffix);
        var (we, they) = (Subscribe(ours), Subscribe(theirs));

        for (var i = 0; i < 10; i++)
        {
            await ours.PublishAsync(Key, "ours");
            await theirs.PublishAsync(Key, "theirs");
        }

        await we.WaitForAsync(10);
        await they.WaitForAsync(10);

        Assert.All(we.Values, value => Assert.Equal("ours", value));
        Assert.All(they.Values, value => Assert.Equal("theirs", value));
    }

    [SpecificationFact]
    public async Task Publish_AfterAServerCameLater_ReachesItInTheOrderOfTheOthers()
    {
        var first = await StartConnectedServerAsync();
        var present = Subscribe(first);
        await Task.WhenAll(Payload.Numbered(100, "before ").Select(value => first.PublishAsync(Key, value)));
        await present.WaitForAsync(100);
        var near = Subscribe(first);

        var late = await StartConnectedServerAsync();
        var far = Subscribe(late);
        await late.PublishAsync(Key, "from the late one");
        await first.PublishAsync(Key, "from the first one");
        await near.WaitForAsync(2);
        await far.WaitForAsync(2);

        string[] expected = ["from the late one", "from the first one"];
        Assert.Equal(InOrder(expected), InOrder(far.Values));
        Assert.Equal(InOrder(expected), InOrder(near.Values));
    }

    [SpecificationFact]
    public async Task Receive_OfBytesThatAreNoFrame_SkipsAndCountsThem()
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var subscriber = Subscribe(second);
        using var stranger = await ConnectionMultiplexer.ConnectAsync(Topology.Administrator);

        byte[][] junk = [[], [0], "hello"u8.ToArray(), new byte[64], [.. Enumerable.Repeat((byte)0xFF, 4096)]];
        foreach (var payload in junk)
        {
            await stranger.GetSubscriber().PublishAsync(Topology.ChannelOf(AppName), payload);
        }

        await first.PublishAsync(Key, "a message");
        await subscriber.WaitForAsync(1);

        // On a cluster they arrive over another node, which has no order with the message.
        await Eventually.BecomesTrueAsync(() => second.Bus.Status.FramesSkipped >= junk.Length, "the junk has come");
        Assert.Equal(["a message"], subscriber.Values);
        Assert.Equal(junk.Length, second.Bus.Status.FramesSkipped);
        Assert.Single(second.Logs.Lines, line => line.Event == MalformedFrameEvent);
    }

    [SpecificationFact]
    public async Task WhenConnected_OfAConnectedServer_CompletesAtOnceForEveryone()
    {
        var server = await StartConnectedServerAsync();

        var again = server.Bus.WhenConnectedAsync(CancellationToken.None);

        await Eventually.CompletesAsync(again, "a connected bus says so", TimeSpan.FromSeconds(1));
    }

    [SpecificationFact]
    public async Task Subscribe_OnAnotherServerWithTheCursor_GoesOnWhereItStood()
    {
        var (first, second) = (await StartConnectedServerAsync(), await StartConnectedServerAsync());
        var before = Subscribe(first);
        await first.PublishAsync(Key, "seen");
        await before.WaitForAsync(1);
        var cursor = before.ReadCursor();
        before.Dispose();

        await first.PublishAsync(Key, "missed 1");
        await second.PublishAsync(Key, "missed 2");
        var after = Track(new TestSubscriber(second.Bus, cursor, [Key]));
        await first.PublishAsync(Key, "live");
        await after.WaitForAsync(3);

        Assert.Equal(InOrder(["missed 1", "missed 2", "live"]), InOrder(after.Values));
    }

    [SpecificationFact]
    public async Task Status_OfAServerThatPublishedAndHeard_SaysSo()
    {
        var server = await StartConnectedServerAsync();
        var subscriber = Subscribe(server);
        await Task.WhenAll(Payload.Numbered(10).Select(value => server.PublishAsync(Key, value)));
        await subscriber.WaitForAsync(10);

        // After a late connection of the client library, the streams are checked again.
        await Eventually.BecomesTrueAsync(() => server.Bus.Status.IsConnected, "it is connected");
        var status = server.Bus.Status;

        Assert.Equal(10, status.MessagesSent);
        Assert.Equal(Topology.StreamCount, status.Streams.Count);
        Assert.Equal((long)subscriber.Received[9].Id, status.Streams[subscriber.Received[9].Stream].LastId);
        Assert.Equal(status.Streams[0].LastId, status.LastId);
        Assert.Equal((0, 0L), (status.QueueMessages, status.MessagesLost));

        // Without the commands for it, the bus works without a history, and says so.
        Assert.Equal(HasHistory, status.HasHistory);
    }

    internal static void AssertIdsRise(IReadOnlyList<ReceivedMessage> messages)
    {
        foreach (var stream in messages.GroupBy(message => message.Stream))
        {
            var ids = stream.Select(message => message.Id).ToArray();
            for (var i = 1; i < ids.Length; i++)
            {
                Assert.True(ids[i - 1] < ids[i], $"Id {ids[i]} of stream {stream.Key} came after id {ids[i - 1]}.");
            }
        }
    }

    private static void AssertSameOrderEverywhere(List<IReadOnlyList<ReceivedMessage>> seen)
    {
        foreach (var one in seen)
        {
            AssertIdsRise(one);
            foreach (var stream in seen[0].Select(message => message.Stream).Distinct())
            {
                Assert.Equal(OfStream(seen[0], stream), OfStream(one, stream));
            }
        }
    }

    private static IEnumerable<(ulong Id, string Value)> OfStream(IReadOnlyList<ReceivedMessage> messages, int stream) =>
        messages.Where(message => message.Stream == stream).Select(message => (message.Id, message.Value));
}
