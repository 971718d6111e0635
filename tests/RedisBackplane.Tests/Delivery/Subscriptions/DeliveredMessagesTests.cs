namespace RedisBackplane.Tests.Delivery.Subscriptions;

/// <summary>The messages that a subscriber gets, and what they keep alive.</summary>
public sealed class DeliveredMessagesTests : DeliveryTest
{
    [Fact]
    public void Message_Delivered_HasAllItsFields()
    {
        var client = Harness.Connect(null, "a");
        var seen = new List<Message>();
        client.OnMessage = seen.Add;
        var sent = TestFrames.Message("a", "gr\u00fc\u00dfe", "sender");
        sent.Filter = "c-1|c-2";
        sent.WaitForAck = true;
        var command = TestFrames.Message("a", "{\"x\":1}", "sender", "id");
        Harness.AppendAndRun(TestFrames.Create(9, TestFrames.Message("x", "first"), sent, command));

        Assert.Equal(2, seen.Count);
        Assert.Equal("a", seen[0].Key);
        Assert.Equal("gr\u00fc\u00dfe", seen[0].GetString());
        Assert.Equal("sender", seen[0].Source);
        Assert.Equal("c-1|c-2", seen[0].Filter);
        Assert.True(seen[0].WaitForAck);
        Assert.Equal(10UL, seen[0].MappingId);
        Assert.Equal("id", seen[1].CommandId);
        Assert.Equal(0, seen[1].Value.Offset);
        Assert.Equal("{\"x\":1}", seen[1].GetString());
    }

    [Fact]
    public void Message_OfSeveralSubscribers_IsMadeOnce()
    {
        var seen = new List<Message>();
        for (var i = 0; i < 3; i++)
        {
            Harness.Connect(null, "a").OnMessage = seen.Add;
        }

        Harness.AppendAndRun(TestFrames.WithKeys(1, "a"));
        Assert.Equal(3, seen.Count);
        Assert.Single(seen.Distinct());
    }

    [Fact]
    public void Message_SmallPartOfALargeFrame_DoesNotKeepTheFrameAlive()
    {
        var client = Harness.Connect(null, "a");
        var seen = new List<Message>();
        client.OnMessage = seen.Add;
        Harness.AppendAndRun(TestFrames.Create(1, TestFrames.Message("a", "mine"), TestFrames.Message("x", new string('x', 10_000))));
        Harness.AppendAndRun(TestFrames.Create(3, TestFrames.Message("a", "mine"), TestFrames.Message("a", new string('x', 10_000))));
        Assert.Equal(4, seen[0].Value.Array!.Length);
        Assert.Equal("mine", seen[0].GetString());
        Assert.Same(seen[1].Value.Array, seen[2].Value.Array);
    }

    [Fact]
    public void Batch_OfMessagesInLargeFrames_EndsBeforeItPinsTooMuch()
    {
        using var harness = new DeliveryHarness(DeliveryHarness.DefaultLimits with { MaxPinnedBytes = 100_000 });
        var client = harness.Connect(null, "a");
        for (ulong id = 1; id <= 8; id++)
        {
            harness.Append(TestFrames.Create(id, TestFrames.Message("a", new string('x', 40_000))));
        }

        harness.Pool.RunAll();
        Assert.Equal(8, client.Ids.Count);
        Assert.Equal(3, client.LargestBatch);
    }
}
