using System.Net;
using Moq;
using RedisBackplane.Redis.Scripts;
using StackExchange.Redis;

namespace RedisBackplane.Tests.Redis.Scripts;

/// <summary>Calls on keys that a cluster may have moved to another server.</summary>
public sealed class RedisSlotTests : IAsyncLifetime
{
    private static readonly EndPoint Owner = new DnsEndPoint("owner", 7000);

    private MockedRedis _redis = null!;

    public async Task InitializeAsync() => _redis = await MockedRedis.Connect();

    public Task DisposeAsync()
    {
        _redis.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("MOVED 866 127.0.0.1:7001")]
    [InlineData(
        "Key has MOVED to Endpoint 127.0.0.1:7001 and hashslot 866 but CommandFlags.NoRedirect was specified - "
        + "redirect not followed for EVALSHA. ")]
    public async Task EvaluateAsync_KeysHaveMoved_FailsAndTellsTheConnectionBefore(string error)
    {
        _redis.OnScript(PublishScript.Text, _ => throw MockedRedis.Error(error));
        var (changes, raised) = (_redis.Connection.Changes, 0);
        _redis.Connection.Changed += () => raised++;

        await Assert.ThrowsAsync<RedisServerException>(() => _redis.Slot.EvaluateAsync(PublishScript.Text, [], []));

        Assert.Equal((1, changes + 1), (raised, _redis.Connection.Changes));
    }

    [Fact]
    public async Task EvaluateAsync_AnotherError_FailsAlone()
    {
        _redis.OnScript(PublishScript.Text, _ => throw MockedRedis.Error("OOM"));
        var changes = _redis.Connection.Changes;

        await Assert.ThrowsAsync<RedisServerException>(() => _redis.Slot.EvaluateAsync(PublishScript.Text, [], []));

        Assert.Equal(changes, _redis.Connection.Changes);
    }

    [Fact]
    public async Task EvaluateAsync_Any_IsNotToBeRedirected()
    {
        _redis.OnScript(PublishScript.Text, _ => RedisResult.Create((RedisValue)1));

        await _redis.Slot.EvaluateAsync(PublishScript.Text, [], []);

        _redis.Database.Verify(
            database => database.ScriptEvaluateAsync(
                PublishScript.Text, It.IsAny<RedisKey[]>(), It.IsAny<RedisValue[]>(), CommandFlags.NoRedirect),
            Times.Once);
    }

    [Fact]
    public async Task WaitAsync_Cluster_AsksTheServerThatHasTheKeys()
    {
        var owner = new Mock<IServer>();
        owner.Setup(server => server.ServerType).Returns(ServerType.Cluster);
        owner.Setup(server => server.ExecuteAsync("WAIT", It.IsAny<object[]>())).ReturnsAsync(RedisResult.Create((RedisValue)2));
        _redis.Multiplexer.Setup(multiplexer => multiplexer.GetServers()).Returns([owner.Object]);
        _redis.Multiplexer.Setup(multiplexer => multiplexer.GetServer(Owner, null)).Returns(owner.Object);
        _redis.Database.Setup(database => database.IdentifyEndpointAsync("{Chat}:counter", CommandFlags.NoRedirect)).ReturnsAsync(Owner);

        Assert.Equal(2, await _redis.Slot.WaitAsync(2, TimeSpan.FromSeconds(1)).Bounded());

        _redis.Database.Verify(database => database.ExecuteAsync("WAIT", It.IsAny<object[]>()), Times.Never);
    }
}
