using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Answers take longer than <c>LivenessTimeout</c>. No connection is replaced, no byte sent twice.</summary>
public sealed class SlowLinkTests : ProxiedRedisTest
{
    private const int BytesPerSecond = 1_000_000;
    private const int MessageSize = 60_000;
    private const int ConnectionSilent = 1007;

    private static readonly TimeSpan LivenessTimeout = TimeSpan.FromMilliseconds(500);

    [RedisProcessTheory]
    [InlineData(1, 360_000, 128_000)]
    [InlineData(1, 3_000_000, BytesPerSecond)]
    [InlineData(16, 2_000_000, BytesPerSecond)]
    [InlineData(1, 12_000_000, 10_000_000)]
    public async Task CatchUp_TakesLongerThanTheLivenessTimeout_EndsInAboutSizeByRate(int streams, int size, int bytesPerSecond)
    {
        using var publisher = await TestServer.StartAsync(Redis.EndPoint, AppName, options => options.StreamCount = streams);
        using var receiver = await StartWithLivenessAsync(options => options.StreamCount = streams);
        using var subscriber = receiver.Subscribe("key");
        Cut();
        await PublishAsync(publisher, size / MessageSize);

        Proxy.Limit(bytesPerSecond);
        var before = Proxy.BytesToClient;
        var watch = Stopwatch.StartNew();
        Proxy.AcceptNew();
        await subscriber.WaitForAsync(size / MessageSize);

        Assert.Empty(receiver.Logs.Of(ConnectionSilent));
        Assert.Equal(size / MessageSize, subscriber.Values.Distinct().Count());
        Assert.InRange(Proxy.BytesToClient - before, size, size * 13L / 10);
        // What a busy machine takes for the bytes of the fast link is more than the link does.
        var work = bytesPerSecond > BytesPerSecond ? 10 : 2;
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds((3.0 * size / bytesPerSecond) + work), $"It took {watch.Elapsed}.");
    }

    [RedisProcessFact]
    public async Task CatchUp_OneMessageTakesLongerThanTheLivenessTimeout_ComesInParts()
    {
        using var publisher = await TestServer.StartAsync(Redis.EndPoint, AppName);
        using var receiver = await StartWithLivenessAsync();
        using var subscriber = receiver.Subscribe("key");
        Cut();
        var value = new string('x', 2_000_000);
        await publisher.PublishAsync("key", value);

        Proxy.Limit(BytesPerSecond);
        Proxy.AcceptNew();
        await subscriber.WaitUntilAsync(value);

        Assert.Empty(receiver.Logs.Of(ConnectionSilent));
    }

    [RedisProcessFact]
    public async Task Live_OneMessageTakesLongerThanTheLivenessTimeout_ComesOverTheSameConnection()
    {
        using var publisher = await TestServer.StartAsync(Redis.EndPoint, AppName);
        using var receiver = await StartWithLivenessAsync();
        using var subscriber = receiver.Subscribe("key");
        var connections = Proxy.AcceptedConnections;
        Proxy.Limit(BytesPerSecond);
        var value = new string('x', 2_000_000);

        await publisher.PublishAsync("key", value);
        await subscriber.WaitUntilAsync(value);

        Assert.Empty(receiver.Logs.Of(ConnectionSilent));
        Assert.Equal(connections, Proxy.AcceptedConnections);
    }

    [RedisProcessFact]
    public async Task Publish_TakesLongerThanTheLivenessTimeout_IsSentOnce()
    {
        const int Size = 3_000_000;
        using var publisher = await StartWithLivenessAsync(options => options.SendOnly = true);
        Proxy.Limit(BytesPerSecond);

        await AssertSentOnceAsync(publisher, Size, () => PublishAsync(publisher, Size / MessageSize));
    }

    [RedisProcessFact]
    public async Task Publish_OneMessageTakesLongerThanTheLivenessTimeout_IsSentOnce()
    {
        const int Size = 3_000_000;
        using var publisher = await StartWithLivenessAsync();
        Proxy.Limit(BytesPerSecond, ProxyDirections.ToServer);

        await AssertSentOnceAsync(
            publisher,
            Size,
            () => Eventually.CompletesAsync(publisher.PublishAsync("key", new string('x', Size)), "the message is stored"));
    }

    /// <summary>The client library gives up a call that waits for long while the one before it is written.</summary>
    [RedisProcessFact]
    public async Task Publish_TwoLargeMessagesAtOnce_AreSentOnce()
    {
        const int Size = 2_000_000;
        using var publisher = await StartWithLivenessAsync(options =>
        {
            options.ConnectionString += ",syncTimeout=500";
            options.MaxBatchBytes = 1024;
        });
        Proxy.Limit(BytesPerSecond, ProxyDirections.ToServer);
        var before = Proxy.BytesToServer;

        await Eventually.CompletesAsync(
            Task.WhenAll(publisher.PublishAsync("key", new string('x', Size)), publisher.PublishAsync("key", new string('y', Size))),
            "the messages are stored");

        Assert.Equal(0, publisher.Bus.Status.Retries);
        Assert.InRange(Proxy.BytesToServer - before, 2 * Size, 2 * Size * 11L / 10);
    }

    /// <summary>
    /// What is in flight does not excuse a dead connection: a first upload of this size could take 80 s on a slow link.
    /// </summary>
    [RedisProcessTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_ConnectionGoesSilentUnderALargeMessage_IsReplacedAndTheMessageStored(bool acceptsBytes)
    {
        using var publisher = await StartWithLivenessAsync();
        Silence(acceptsBytes);
        var watch = Stopwatch.StartNew();
        var publish = publisher.PublishAsync("key", new string('x', 5 * 1024 * 1024));

        await Eventually.BecomesTrueAsync(() => publisher.Logs.Of(ConnectionSilent).Any(), "the dead connection is noticed");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
        Proxy.Resume();
        await Eventually.CompletesAsync(publish, "the message is stored");
    }

    [RedisProcessFact]
    public async Task Publish_RedisWaitsForAReplicaLongerThanTheLivenessTimeout_KeepsTheConnection()
    {
        await using var replica = await RedisServerProcess.StartAsync($"replicaof {RedisServerProcess.Host} {Redis.Port}");
        using var publisher = await StartWithLivenessAsync(options => options.WaitForReplicas = 1);
        await Eventually.CompletesAsync(publisher.PublishAsync("key", "both have it"), "the replica has the first message");
        var connections = Proxy.AcceptedConnections;

        replica.Pause();
        var publish = publisher.PublishAsync("key", "only the master has it");
        await Eventually.BecomesTrueAsync(() => publisher.Bus.Status.Retries >= 2, "Redis has waited for the replica twice");
        replica.Continue();
        await Eventually.CompletesAsync(publish, "the replica has the second message");

        Assert.Empty(publisher.Logs.Of(ConnectionSilent));
        Assert.Equal(connections, Proxy.AcceptedConnections);
    }

    /// <summary>Nothing reaches Redis any more; bytes are taken and lost, or stay with the sender.</summary>
    private void Silence(bool acceptsBytes)
    {
        if (acceptsBytes)
        {
            Proxy.Blackhole();
        }
        else
        {
            Proxy.Stall();
        }
    }

    private Task<TestServer> StartWithLivenessAsync(Action<RedisBackplaneOptions>? configure = null) => StartAsync(options =>
    {
        options.LivenessTimeout = LivenessTimeout;
        configure?.Invoke(options);
    });

    // In about as many bytes as the messages have, over the same connection.
    private async Task AssertSentOnceAsync(TestServer publisher, long size, Func<Task> publish)
    {
        var (connections, before) = (Proxy.AcceptedConnections, Proxy.BytesToServer);

        await publish();

        Assert.Empty(publisher.Logs.Of(ConnectionSilent));
        Assert.Equal(connections, Proxy.AcceptedConnections);
        Assert.InRange(Proxy.BytesToServer - before, size, size * 11 / 10);
    }

    private static Task PublishAsync(TestServer publisher, int messages) => Eventually.CompletesAsync(
        Task.WhenAll(Enumerable.Range(0, messages).Select(i => publisher.Bus.Publish(new(
            FormattableString.Invariant($"source-{i}"), "key", FormattableString.Invariant($"{i} ") + new string('x', MessageSize))))),
        "every message is stored");
}
