namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>Which Redis gives the ids: what the scripts recognize, and what they refuse, on a real Redis.</summary>
public sealed class EpochScriptTests : ScriptTest
{
    [RedisFact]
    public async Task Recognize_SameServer_LeavesTheCounter()
    {
        await Farm.RecognizeAsync();
        await Database.StringSetAsync(Names.Counter, 500);

        await Farm.RecognizeAsync();

        Assert.Equal(500, await Database.StringGetAsync(Names.Counter));
    }

    [RedisFact]
    public async Task Recognize_ServerHasSeenHigherIds_IdsContinueAboveThem()
    {
        // Another Redis assigned them.
        await Farm.RecognizeAsync();
        await Database.StringSetAsync(Names.Counter, 500);
        Assert.Equal(501UL, (await PublishAsync(1)).Value);

        await new RedisFarm(Stream, CurrentFormat.Instance, ShardedPubSub.Auto, () => 1_000).RecognizeAsync();
        var reply = await PublishAsync(2);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.True(reply.Value > 1_000, $"{reply.Value} is not above 1000");
        await new RedisFarm(Stream, CurrentFormat.Instance, ShardedPubSub.Auto, () => reply.Value).RecognizeAsync();
        Assert.Equal((long)reply.Value, await Database.StringGetAsync(Names.Counter));
    }

    [RedisFact]
    public async Task Recognize_AnotherServer_LetsTheIdsBeginAnewFarAbove()
    {
        await Database.StringSetAsync(Names.Server, "of another");
        await Database.StringSetAsync(Names.Counter, 500);

        await Farm.RecognizeAsync();
        var reply = await PublishAboveAsync(400);

        Assert.True(reply.Value > 1_600_000_000_000_000);
        await Farm.RecognizeAsync();
        Assert.Equal((long)reply.Value, await Database.StringGetAsync(Names.Counter));
    }

    /// <summary>The name of the epoch ends the text of a script. What follows in a line of its own would run.</summary>
    [RedisTheory]
    [InlineData(":0:0:0\nx")]
    [InlineData(":0:0:0\nand redis.call('SET', KEYS[1], '7')")]
    public async Task Recognize_EpochThatIsNoName_BeginsAnotherOne(string after)
    {
        await Farm.RecognizeAsync();
        await Database.StringSetAsync(Names.Server, Stream.Slot.Epoch.Name.Split(':')[0] + after);

        await Farm.RecognizeAsync();
        var reply = await PublishAboveAsync(400);

        Assert.Equal(BatchOutcome.Stored, reply.Outcome);
        Assert.Equal(Stream.Slot.Epoch.Name, await Database.StringGetAsync(Names.Server));
        Assert.Equal((long)reply.Value, await Database.StringGetAsync(Names.Counter));
    }

    [RedisFact]
    public async Task Recognize_AfterAPublishThatBeganAnewThere_LeavesTheCounter()
    {
        // Everything was lost, and a publisher is quicker than the recognition.
        await Farm.RecognizeAsync();
        await PublishAboveAsync(400);
        await Database.KeyDeleteAsync([Names.Counter, Names.Server, Names.Log]);
        var reply = await PublishAboveAsync(400);

        await Farm.RecognizeAsync();

        Assert.Equal((long)reply.Value, await Database.StringGetAsync(Names.Counter));
    }

    [RedisFact]
    public async Task Publish_InAnEpochThatIsOver_IsRefusedAndChangesNothing()
    {
        await Farm.RecognizeAsync();
        var epoch = Stream.Slot.Epoch;
        await Database.StringSetAsync(Names.Server, "of another");
        await Farm.RecognizeAsync();
        Assert.NotEqual(epoch, Stream.Slot.Epoch);
        Stream.Slot.Epoch = epoch;

        var reply = await PublishAboveAsync(400);

        Assert.Equal(new BatchReply(BatchOutcome.Elsewhere, 0), reply);
        Assert.False(await Database.KeyExistsAsync(Names.Counter));
        Assert.False(await Database.KeyExistsAsync(Names.Log));
    }

    [RedisFact]
    public async Task Publish_RedisThatWasAReplicaInTheMeantime_IsRefused()
    {
        // It keeps its scripts while it is a replica. So it finds the script of its former epoch by the hash.
        await Farm.RecognizeAsync();
        var first = await PublishAsync(1);
        await PublishAsync(2);
        await Database.StringSetAsync(Names.Server, "of:0:0:1");

        Assert.Equal(new BatchReply(BatchOutcome.Elsewhere, 0), await PublishAsync(3));
        Assert.Equal((long)first.Value + 1, await Database.StringGetAsync(Names.Counter));

        await Farm.RecognizeAsync();
        Assert.Equal(BatchOutcome.Stored, (await PublishAsync(3)).Outcome);
    }

    /// <summary>A replica that was promoted has the key of its master, and knows a text that it refused.</summary>
    [RedisFact]
    public async Task Publish_TheTextIsRefused_TheKeyLosesTheNameOfTheEpoch()
    {
        var before = new Epoch("other:100:1:2", KeepsScripts: true);
        await Database.StringSetAsync(Names.Server, before.Name);
        Stream.Slot.Epoch = before;

        Assert.Equal(BatchOutcome.Elsewhere, (await PublishAboveAsync(0)).Outcome);

        Assert.NotEqual(before.Name, (string?)await Database.StringGetAsync(Names.Server));
        await Farm.RecognizeAsync();
        Assert.True(Stream.Slot.Epoch.Follows(before));
        Assert.Equal(100ul, Stream.Slot.Epoch.EndedBefore);
        Assert.Equal(BatchOutcome.Stored, (await PublishAboveAsync(0)).Outcome);
    }

    [RedisFact]
    public async Task Recognize_AnotherServer_NamesTheEpochBefore()
    {
        await Farm.RecognizeAsync();
        var before = Stream.Slot.Epoch;
        await Database.StringSetAsync(Names.Counter, 500);
        await Database.StringSetAsync(Names.Server, "other" + before.Name);

        await Farm.RecognizeAsync();

        Assert.True(Stream.Slot.Epoch.Follows(before));
        Assert.Equal(500ul, Stream.Slot.Epoch.EndedBefore);
    }

    [RedisProcessTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_ReplicaThatTookOverAndNobodyHasRecognised_IsRefused(bool isInStep)
    {
        await using var master = await RedisServerProcess.StartAsync("repl-diskless-sync-delay 0");
        await using var proxy = TcpProxy.Start(master);
        using var connection = await OpenAsync(proxy.EndPoint);
        Use(connection);
        var follow = $"replicaof {RedisServerProcess.Host} {master.Port}";
        var replica = isInStep ? await RedisServerProcess.StartAsync(follow) : null;
        await Farm.RecognizeAsync();
        Assert.Equal(BatchOutcome.Stored, (await PublishAboveAsync(0)).Outcome);
        Assert.Equal(BatchOutcome.Stored, (await PublishAboveAsync(0)).Outcome);

        // It copies all keys of the master, including the one that says which Redis gives the ids.
        replica ??= await RedisServerProcess.StartAsync(follow);
        await using var next = replica;
        await using var promoted = await ConnectionMultiplexer.ConnectAsync(next.EndPoint + ",allowAdmin=true");
        await Eventually.BecomesTrueAsync(
            async () => await promoted.GetDatabase().KeyExistsAsync(Names.Server), "the replica is in step");
        await promoted.GetDatabase().ExecuteAsync("REPLICAOF", "NO", "ONE");
        var epoch = Stream.Slot.Epoch;
        proxy.Redirect(next.Port);
        proxy.CutAll();
        await Eventually.BecomesTrueAsync(AnswersAsync, "the connection is back");

        Assert.Equal(BatchOutcome.Elsewhere, (await PublishAboveAsync(0)).Outcome);
        Assert.Equal(BatchOutcome.Elsewhere, (await PublishAboveAsync(0)).Outcome);
        var hash = new FrequentScript(PublishScript.Text + "\n--" + epoch.Name).Hash;
        Assert.False(await promoted.GetServers().Single().ScriptExistsAsync(hash));

        await Farm.RecognizeAsync();
        Assert.Equal(BatchOutcome.Stored, (await PublishAboveAsync(0)).Outcome);
        await Assert.ThrowsAsync<BackplaneException>(async () =>
        {
            Stream.Slot.Epoch = epoch;
            await History.ReadAsync(0, default, wantsFrames: true);
        });
    }

    [RedisFact]
    public async Task Recognize_KindOfTheChannelIsNone_AgreesAnew()
    {
        await Database.ListRightPushAsync(Names.ChannelKind, "of another");
        await Farm.RecognizeAsync();
        Assert.Equal("plain", await Database.StringGetAsync(Names.ChannelKind));

        await Database.StringSetAsync(Names.ChannelKind, "of another");
        await Farm.RecognizeAsync();

        Assert.Equal("plain", await Database.StringGetAsync(Names.ChannelKind));
        Assert.False(Farm.IsSharded);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await Database.PingAsync();
            return true;
        }
        catch (Exception exception) when (exception is RedisConnectionException or InvalidOperationException)
        {
            // The client library may also write to a socket that it has just closed.
            return false;
        }
    }
}
