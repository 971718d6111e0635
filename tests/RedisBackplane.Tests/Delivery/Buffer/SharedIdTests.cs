namespace RedisBackplane.Tests.Delivery.Buffer;

/// <summary>Messages that share an id: what servers of the older package send together.</summary>
public sealed class SharedIdTests : DeliveryTest
{
    [Fact]
    public void Subscription_MessagesOfSeveralKeysUnderOneId_ComeInTheirOrder()
    {
        var client = Harness.Connect(null, "a", "b", "c");
        var values = Values(client);

        Harness.AppendAndRun(TestFrames.WithOneId(
            0, 1, Message("c", "1"), Message("a", "2"), Message("x", "-"), Message("b", "3"), Message("a", "4")));
        Harness.AppendAndRun(TestFrames.WithKeys(2, "b"));

        Assert.Equal(["1", "2", "3", "4", "2"], values);
        Assert.Equal([1, 1, 1, 1, 2], client.Ids);
        Assert.Equal("s-0,2", client.LastCursor);
    }

    [Fact]
    public void Subscription_FewerMessagesAskedForThanShareAnId_GetsThemTogether()
    {
        var client = new TestClient("c", "a", "b");
        Harness.Subscribe(client, null, maxMessages: 2);

        Harness.Append(TestFrames.WithKeys(1, "a"));
        Harness.Append(TestFrames.WithOneId(1, 2, Message("a", "1"), Message("b", "2"), Message("a", "3")));
        Harness.AppendAndRun(TestFrames.WithKeys(3, "b"));

        Assert.Equal([1, 2, 2, 2, 3], client.Ids);
        Assert.Equal(4, client.LargestBatch);
    }

    [Fact]
    public void Subscription_ToHalvesOfSurrogatePairs_GetsTheMessagesOfThatKeyAlone()
    {
        // UTF-8 replaces all of them with the same character.
        var client = Harness.Connect(null, "a\uD800");
        var values = Values(client);

        Harness.AppendAndRun(TestFrames.WithOneId(
            0, 1, Message("a\uFFFD", "1"), Message("a\uD801", "2"), Message("a\uD800", "3"), Message("a\uDC00", "4")));

        Assert.Equal(["3"], values);
    }

    [Fact]
    public void GroupChange_AmongMessagesOfOneId_TakesEffectBehindThem()
    {
        // As in the older package: it looks for the messages of an id before it delivers the command among them.
        var client = Harness.Connect(null, "me");
        var values = Values(client);

        Harness.AppendAndRun(TestFrames.WithOneId(
            0, 1, Message("me", "command", "add|group"), Message("group", "too early"), Message("me", "beside")));
        Harness.AppendAndRun(TestFrames.WithOneId(1, 2, Message("group", "heard")));

        Assert.Equal(["command", "beside", "heard"], values);
    }

    [Fact]
    public void Client_ComesWithTheCursorOfAnotherServer_GetsWhatCameAfterIt()
    {
        // The cursor means the same on servers of both packages: this id and all before it were seen.
        using var harness = new DeliveryHarness(start: false);
        harness.Append(TestFrames.WithOneId(0, 1, Message("a", "1"), Message("b", "2")));
        harness.Append(TestFrames.WithOneId(1, 2, Message("b", "3"), Message("a", "4"), Message("b", "5")));
        harness.Append(TestFrames.WithOneId(2, 3, Message("a", "6")));
        harness.Delivery.GetSink(0).Start(3);

        var client = new TestClient("c", "a", "b");
        var values = Values(client);
        harness.Subscribe(client, "s-0,1");
        harness.Pool.RunAll();

        Assert.Equal(["3", "4", "5", "6"], values);
        Assert.Equal("s-0,3", client.LastCursor);
    }

    [Fact]
    public void Client_ComesWithACursorThatTheLogNoLongerReaches_IsTold()
    {
        using var harness = new DeliveryHarness(DeliveryHarness.DefaultLimits with { MaxLogMessages = 3 });
        for (ulong id = 1; id <= 4; id++)
        {
            harness.Append(TestFrames.WithOneId(id - 1, id, Message("a", "x"), Message("a", "y")));
        }

        var client = harness.Connect("s-0,1", "a");

        Assert.Equal([4, 4], client.Ids);
        Assert.Equal(1, harness.Counters.Overruns.Value);
    }

    [Fact]
    public void Frame_WithoutMessages_MovesTheCursor()
    {
        var client = Harness.Connect(null, "a");

        var empty = TestFrames.WithOneId(0, 1, Message("a", "x"));
        Harness.AppendAndRun(Wire(empty.Header with { Count = 0 }));
        Harness.AppendAndRun(TestFrames.WithOneId(1, 2, Message("a", "y")));

        Assert.Equal([2], client.Ids);
        Assert.Equal("s-0,2", client.ReadCursor());
    }

    private static RedisBackplane.Wire.Frame Wire(RedisBackplane.Wire.FrameHeader header) =>
        RedisBackplane.Wire.Frame.Of(header, new byte[RedisBackplane.Wire.FrameLayout.Messages]);

    private static Microsoft.AspNet.SignalR.Messaging.Message Message(string key, string value, string? command = null) =>
        TestFrames.Message(key, value, command: command);

    private static List<string> Values(TestClient client)
    {
        var values = new List<string>();
        client.OnMessage = message => values.Add(message.GetString());
        return values;
    }
}
