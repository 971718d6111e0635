namespace RedisBackplane.Tests.Delivery.Buffer;

/// <summary>The search for older messages of keys that gained a subscription, over buffers of any shape.</summary>
public sealed class BackfillTests : DeliveryTest
{
    [Fact]
    public void Search_Fails_IsAMissForWhoWaitedAndIsMadeAgainForTheNext()
    {
        var logger = new RecordedLogger();
        using var harness = new DeliveryHarness(logger: logger);
        var frame = TestFrames.WithKeys(1, "a");
        var whole = frame.Buffer.ToArray();
        harness.Append(frame);

        frame.Buffer.AsSpan(FrameLayout.Messages).Fill(0xFF);
        var first = harness.Connect("s-0,0", "a");
        whole.CopyTo(frame.Buffer, 0);
        var second = harness.Connect("s-0,0", "a");
        harness.AppendAndRun(TestFrames.WithKeys(2, "a"));

        Assert.Equal([2], first.Ids);
        Assert.Single(logger.Of(4007));
        Assert.Equal(1, harness.Counters.Overruns.Value);
        Assert.Equal([1, 2], second.Ids);
    }

    [Fact]
    public void Append_FrameThatCannotBeRead_LeavesNothingToTheNext()
    {
        var client = Harness.Connect(null, "b");
        var damaged = TestFrames.WithKeys(1, "b", "b");
        var keys = damaged.EnumerateKeys();
        Assert.True(keys.MoveNext());
        damaged.Buffer.AsSpan(keys.Offset + keys.Length).Fill(0xFF);

        Assert.ThrowsAny<Exception>(() => Harness.Append(damaged));
        Harness.AppendAndRun(TestFrames.WithKeys(1, "a", "b"));

        Assert.Equal([2], client.Ids);
        Assert.Equal([1], Harness.Connect("s-0,0", "a").Ids);
        Assert.Equal(2, Harness.Counters.ReceivedMessages.Value);
        Assert.Equal(1, Harness.Counters.UnheardMessages.Value);
    }

    [Fact]
    public void Search_TwoKeysFromDifferentPlacesOfOneFrame_FindsEachMessageOnce()
    {
        Harness.Append(TestFrames.WithKeys(1, "a", "b", "a", "b", "a", "b", "a", "b", "a", "b"));
        Harness.Connect("s-0,5", "a");
        var (first, second) = (new TestClient("first", "a"), new TestClient("second", "b"));
        Harness.Subscribe(first, "s-0,0");
        Harness.Subscribe(second, "s-0,3");

        Harness.Pool.RunAll();

        Assert.Equal([1, 3, 5, 7, 9], first.Ids);
        Assert.Equal([4, 6, 8, 10], second.Ids);
    }

    [Theory]
    [InlineData(1, 20_000)]
    [InlineData(7, 3_000)]
    [InlineData(5_000, 4)]
    [InlineData(20_000, 2)]
    public void Search_FramesOfAnySize_FindsEveryMessage(int messagesPerFrame, int frames)
    {
        ulong id = 1;
        var expected = new List<ulong>();
        for (var i = 0; i < frames; i++)
        {
            var keys = Enumerable.Range(0, messagesPerFrame).Select(n => (id + (ulong)n) % 11 == 0 ? "wanted" : "other" + (n % 5));
            Harness.Append(TestFrames.WithKeys(id, [.. keys]));
            expected.AddRange(Enumerable.Range(0, messagesPerFrame).Select(n => id + (ulong)n).Where(each => each % 11 == 0));
            id += (ulong)messagesPerFrame;
        }

        Assert.Equal(expected, Harness.Connect("s-0,0", "wanted").Ids);
        Assert.Equal(expected.Where(each => each > id / 2), Harness.Connect($"s-0,{id / 2:X}", "wanted").Ids);
        Assert.Equal(1, Harness.Counters.Backfills.Value);
    }

    [Fact]
    public void Search_ManyMessagesUnderOneId_FindsThemAll()
    {
        Harness.Append(TestFrames.WithKeys(1, "a"));
        Harness.Append(TestFrames.WithOneId(1, 2, [.. Enumerable.Range(0, 20_000).Select(_ => TestFrames.Message("a"))]));
        Harness.Append(TestFrames.WithKeys(3, "a"));

        var client = Harness.Connect("s-0,0", "a");

        Assert.Equal(20_002, client.Ids.Count);
        Assert.Equal(3UL, client.Ids[client.Ids.Count - 1]);
    }
}
