namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>The farm's channel as a sharded one: who uses it, and that it stays with the slot of the keys.</summary>
[Collection(ClusterTopology.Disturbing)]
public sealed class ShardedChannelTests
{
    private const int SettleFailedEvent = 3005;
    private const string Key = "key";

    private readonly string _appName = AppNames.Unique("sharded");

    [RedisProcessFact]
    public async Task Auto_OnACluster_SubscribesAtTheOwnerOfTheKeysAndNowhereElse()
    {
        var redis = await ClusterTopology.GetDisturbedAsync();
        using var first = TestServer.Create(redis.ConnectionString, _appName);
        using var second = TestServer.Create(redis.ConnectionString, _appName);
        await Task.WhenAll(first.ConnectedAsync(), second.ConnectedAsync());
        var owner = await redis.OwnerOfAsync(await redis.SlotOfAsync("{" + _appName + "}:counter"));

        Assert.Equal(2, await CountAsync(owner, "SHARDNUMSUB"));
        foreach (var node in redis.Nodes)
        {
            Assert.Equal(0, await CountAsync(node, "NUMSUB"));
        }
    }

    [RedisProcessTheory]
    [InlineData("")]
    [InlineData(",protocol=resp3")]
    public async Task Slot_Migrated_TakesTheSubscriptionsWithIt(string further)
    {
        var redis = await ClusterTopology.GetDisturbedAsync();
        using var first = TestServer.Create(redis.ConnectionString + further, _appName);
        using var second = TestServer.Create(redis.ConnectionString + further, _appName);
        await Task.WhenAll(first.ConnectedAsync(), second.ConnectedAsync());
        using var subscriber = second.Subscribe(Key);
        await first.PublishAsync(Key, "before");
        await subscriber.WaitUntilAsync("before");
        var slot = await redis.SlotOfAsync(_appName);
        var from = await redis.OwnerOfAsync(slot);
        var to = await redis.AnotherMasterAsync(from);

        await redis.MigrateAsync(slot, to);
        await Eventually.BecomesTrueAsync(async () => await CountAsync(to, "SHARDNUMSUB") == 2, "the subscriptions are at the new owner");
        await Eventually.CompletesAsync(first.PublishAsync(Key, "moved"), "a publish goes to the new owner");
        await subscriber.WaitUntilAsync("moved");
        await Task.WhenAll(Payload.Numbered(100).Select(value => first.PublishAsync(Key, value)));
        await subscriber.WaitForAsync(102);

        Assert.Equal(["before", "moved", .. Payload.Numbered(100)], subscriber.Values);
        Assert.Equal(0L, second.Bus.Status.MessagesLost);
        Assert.Equal(2, await CountAsync(to, "SHARDNUMSUB"));
    }

    [RedisProcessFact]
    public async Task MixedFarm_OneIsToldOtherwise_RefusesThatOneAndSaysWhy()
    {
        var redis = await ClusterTopology.GetDisturbedAsync();
        using var sharded = await TestServer.StartAsync(redis.ConnectionString, _appName);
        using var plain = TestServer.Create(redis.ConnectionString, _appName, options => options.ShardedPubSub = ShardedPubSub.Off);

        await Eventually.BecomesTrueAsync(
            () => plain.Logs.Lines.Any(line => line.Event == SettleFailedEvent), "the refused server says so");

        Assert.Contains("ShardedPubSub is Off", plain.Logs.ToString(), StringComparison.Ordinal);
        Assert.Contains("{" + _appName + "}:channel:kind", plain.Logs.ToString(), StringComparison.Ordinal);
        Assert.False(plain.Bus.Status.IsConnected);
    }

    [RedisProcessFact]
    public async Task MixedFarm_AutoWhereTheFarmIsPlain_FollowsIt()
    {
        var redis = await ClusterTopology.GetDisturbedAsync();
        using var plain = await TestServer.StartAsync(
            redis.ConnectionString, _appName, options => options.ShardedPubSub = ShardedPubSub.Off);
        using var follower = await TestServer.StartAsync(redis.ConnectionString, _appName);
        using var subscriber = follower.Subscribe(Key);

        await plain.PublishAsync(Key, "first");
        await subscriber.WaitUntilAsync("first");

        // If it listened elsewhere, it would have read the message from the history.
        var owner = await redis.OwnerOfAsync(await redis.SlotOfAsync(_appName));
        var subscriptions = await Task.WhenAll(redis.Nodes.Select(node => CountAsync(node, "NUMSUB")));
        Assert.Equal((2, 0), (subscriptions.Sum(), await CountAsync(owner, "SHARDNUMSUB")));
    }

    [RedisProcessFact]
    public async Task MixedFarm_TheAgreementWasMadeAnew_IsFollowedByThoseThatWereThere()
    {
        var redis = await ClusterTopology.GetDisturbedAsync();
        using var old = await TestServer.StartAsync(
            redis.ConnectionString, _appName, options => options.LivenessTimeout = TimeSpan.FromMilliseconds(600));
        using var subscriber = old.Subscribe(Key);
        var owner = await redis.OwnerOfAsync(await redis.SlotOfAsync(_appName));

        // In one step: if the key were deleted first, the old server might create it again.
        _ = await owner.AskAsync($"SET {{{_appName}}}:channel:kind plain");
        using var plain = await TestServer.StartAsync(
            redis.ConnectionString, _appName, options => options.ShardedPubSub = ShardedPubSub.Off);
        var sent = 0;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                await plain.PublishAsync(Key, "message");
                sent++;
                return await CountAsync(owner, "SHARDNUMSUB") == 0;
            },
            "the silence of its channel makes the other server look again");
        await plain.PublishAsync(Key, "last");
        var received = await subscriber.WaitUntilAsync("last");

        Assert.Equal(sent + 1, received.Count);
    }

    private async Task<int> CountAsync(RedisClusterNode node, string what) =>
        int.Parse((await node.AskAsync($"PUBSUB {what} {_appName}"))[1], System.Globalization.CultureInfo.InvariantCulture);
}
