using System.Net;
using Moq;

namespace RedisBackplane.Tests.Redis.Scripts;

/// <summary>Calls on keys that a cluster may have moved to another server.</summary>
public sealed class RedisSlotTests : MockedRedisTest
{
    private static readonly EndPoint Owner = new DnsEndPoint("owner", 7000);

    [Theory]
    [InlineData("MOVED 866 127.0.0.1:7001")]
    [InlineData(
        "Key has MOVED to Endpoint 127.0.0.1:7001 and hashslot 866 but CommandFlags.NoRedirect was specified - "
        + "redirect not followed for EVALSHA. ")]
    public async Task EvaluateAsync_KeysHaveMoved_FailsAndTellsTheConnectionBefore(string error)
    {
        Redis.OnScript(PublishScript.Text, _ => throw MockedRedis.Error(error));
        var (changes, raised) = (Redis.Connection.Changes, 0);
        Redis.Connection.Changed += () => raised++;

        await Assert.ThrowsAsync<RedisServerException>(() => Redis.Slot.EvaluateAsync(PublishScript.Text, [], []));

        Assert.Equal((1, changes + 1), (raised, Redis.Connection.Changes));
    }

    /// <summary>The client library may not notice that its connection to the new server hangs.</summary>
    [Fact]
    public async Task EvaluateAsync_KeysAreElsewhereForLong_ReplacesTheConnection()
    {
        var time = new TrackedTime();
        using var redis = await MockedRedis.Connect(time);
        redis.OnScript(PublishScript.Text, _ => throw MockedRedis.Error("MOVED 866 127.0.0.1:7001"));
        var slot = redis.Slot;

        await Fail();
        time.Advance(TimeSpan.FromSeconds(4.9));
        await Fail();
        Assert.Equal(0, redis.Connection.Reconnects);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await Fail();

        Assert.Equal(1, redis.Connection.Reconnects);
        Assert.Single(redis.Logger.Of(1017));

        Task Fail() => Assert.ThrowsAsync<RedisServerException>(() => slot.EvaluateAsync(PublishScript.Text, [], []));
    }

    /// <summary>StackExchange.Redis may never end a call that it writes while its connection closes.</summary>
    [Fact]
    public async Task EvaluateAsync_TheClientLibraryLosesTheCall_FailsWhenItsConnectionIsReplaced()
    {
        var time = new TrackedTime();
        using var redis = await MockedRedis.Connect(time);
        var lost = new TaskCompletionSource<RedisResult>().Task;
        redis.Database.Setup(database => database.ScriptEvaluateAsync(
            It.IsAny<string>(), It.IsAny<RedisKey[]>(), It.IsAny<RedisValue[]>(), It.IsAny<CommandFlags>())).Returns(lost);
        var publish = redis.Slot.EvaluateAsync(new FrequentScript(PublishScript.Text), [], [default], 100).AsTask();
        var join = redis.Slot.EvaluateAsync(JoinFarmScript.Text, [], []);

        redis.Connection.Replace(redis.Connection.Current);
        await Eventually.BecomesTrueAsync(() => time.ArmedTimers == 2, "the old connection is closed");
        time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<RedisTimeoutException>(() => publish.Bounded());
        await Assert.ThrowsAsync<RedisTimeoutException>(() => join.Bounded());
    }

    [Fact]
    public async Task EvaluateAsync_AnotherError_FailsAlone()
    {
        Redis.OnScript(PublishScript.Text, _ => throw MockedRedis.Error("OOM"));
        var changes = Redis.Connection.Changes;

        await Assert.ThrowsAsync<RedisServerException>(() => Redis.Slot.EvaluateAsync(PublishScript.Text, [], []));

        Assert.Equal(changes, Redis.Connection.Changes);
    }

    [Fact]
    public async Task EvaluateAsync_Any_IsNotToBeRedirected()
    {
        Redis.OnScript(PublishScript.Text, _ => RedisResult.Create((RedisValue)1));

        await Redis.Slot.EvaluateAsync(PublishScript.Text, [], []);

        Redis.Database.Verify(
            database => database.ScriptEvaluateAsync(
                PublishScript.Text, It.IsAny<RedisKey[]>(), It.IsAny<RedisValue[]>(), CommandFlags.NoRedirect),
            Times.Once);
    }

    [Theory]
    [InlineData("a number")]
    [InlineData("too few")]
    [InlineData("text for a number")]
    public async Task EvaluateAsync_AnswerIsNotTheReplyOfTheScript_FailsAndReplacesTheConnection(string what)
    {
        Redis.OnScript(JoinFarmScript.Text, _ => what switch
        {
            "a number" => RedisResult.Create((RedisValue)1),
            "too few" => RedisResult.Create([(RedisValue)1, 2]),
            _ => RedisResult.Create([(RedisValue)"a", "b", "c"]),
        });

        var failure = await Assert.ThrowsAsync<BackplaneException>(() => JoinFarmScript.CallAsync(Redis.Slot, default, default));

        Assert.Contains("join_farm.lua", failure.Message);
        Assert.Contains("join_farm.lua", Assert.Single(Redis.Logger.Of(1013)).Text);
        Assert.Equal(1, Redis.Connection.Reconnects);
    }

    // The client library fails a call whose answer has the wrong type, and keeps the connection.
    [Fact]
    public async Task ReadAsync_AnswerOfAnotherType_FailsAndReplacesTheConnection()
    {
        Redis.Database
            .Setup(database => database.StringGetAsync("key", CommandFlags.NoRedirect))
            .ThrowsAsync(new RedisConnectionException(ConnectionFailureType.ProtocolFailure, "Unexpected response to GET: Array"));

        await Assert.ThrowsAsync<RedisConnectionException>(() => Redis.Slot.ReadAsync("key"));

        Assert.Equal(1, Redis.Connection.Reconnects);
    }

    [Theory]
    [InlineData(RedisProtocol.Resp2, 0)]
    [InlineData(RedisProtocol.Resp3, 1)]
    public async Task CountChannelSigns_AnswerToACall_CountsIfOneSocketCarriesBoth(RedisProtocol protocol, int expected)
    {
        var server = Mock.Of<IServer>(server => server.IsConnected && server.Protocol == protocol);
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([server]);
        Redis.OnScript(PublishScript.Text, _ => RedisResult.Create((RedisValue)1));
        var slot = Redis.Slot;
        var signs = slot.CountChannelSigns();
        var before = signs();

        await slot.EvaluateAsync(PublishScript.Text, [], []);

        Assert.Equal(expected, signs() - before);
    }

    [Fact]
    public async Task CountSigns_NoMasterHasTheKeys_CountsThoseOfAll()
    {
        var node = Mock.Of<IServer>(server => server.IsConnected && server.ServerType == ServerType.Cluster);
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([node]);
        Redis.Multiplexer
            .Setup(multiplexer => multiplexer.GetServer(It.IsAny<RedisKey>(), It.IsAny<object?>(), It.IsAny<CommandFlags>()))
            .Throws(new InvalidOperationException("Unable to locate a server for the key."));
        Redis.OnScript(PublishScript.Text, _ => RedisResult.Create((RedisValue)1));
        var slot = Redis.Slot;
        var signs = slot.CountSigns();
        var before = signs();

        await slot.EvaluateAsync(PublishScript.Text, [], []);

        Assert.Equal(1, signs() - before);
    }

    [Fact]
    public async Task WaitAsync_Cluster_AsksTheServerThatHasTheKeys()
    {
        var owner = new Mock<IServer>();
        owner.Setup(server => server.ServerType).Returns(ServerType.Cluster);
        owner.Setup(server => server.ExecuteAsync("WAIT", It.IsAny<object[]>())).ReturnsAsync(RedisResult.Create((RedisValue)2));
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([owner.Object]);
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServer(Owner, null)).Returns(owner.Object);
        Redis.Database.Setup(database => database.IdentifyEndpointAsync("{Chat}:counter", CommandFlags.NoRedirect)).ReturnsAsync(Owner);

        Assert.Equal(2, await Redis.Slot.WaitAsync(2, TimeSpan.FromSeconds(1)).Bounded());

        Redis.Database.Verify(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>()), Times.Never);
    }

    [Fact]
    public async Task WaitAsync_SeveralMasters_AsksNone()
    {
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([Master(), Master()]);

        await Assert.ThrowsAsync<BackplaneException>(() => Redis.Slot.WaitAsync(1, TimeSpan.FromSeconds(1)).Bounded());

        Redis.Database.Verify(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>()), Times.Never);
    }

    [Fact]
    public async Task WaitAsync_MasterAndReplica_AsksTheMaster()
    {
        var replica = Mock.Of<IServer>(server => server.IsConnected && server.IsReplica);
        Redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([Master(), replica]);
        Redis.Database
            .Setup(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>()))
            .ReturnsAsync(RedisResult.Create((RedisValue)1));

        Assert.Equal(1, await Redis.Slot.WaitAsync(1, TimeSpan.FromSeconds(1)).Bounded());
    }

    private static IServer Master() => Mock.Of<IServer>(server => server.IsConnected);
}
