using System.Net;
using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class LentMastersTests : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();
    private readonly Mock<IConnectionMultiplexer> _connection = new();
    private readonly Mock<IServer> _first = Server("first");
    private readonly Mock<IServer> _second = Server("second");
    private readonly LentMasters _masters;

    public LentMastersTests()
    {
        _connection.Setup(connection => connection.GetServers()).Returns([_first.Object, _second.Object]);
        _connection.Setup(connection => connection.GetServer(It.IsAny<EndPoint>(), null)).Returns(_first.Object);
        _masters = new LentMasters(
            new RedisBackplaneOptions { AppName = "Chat" }, new MasterSurvey("Chat:server", 0, _time), _logger, _time);
        Answer(_first, "master");
        Answer(_second, "master");
    }

    public void Dispose() => _masters.Dispose();

    [Fact]
    public async Task Watch_TwoMasters_AreReportedOnceAndTheClientLooksAgain()
    {
        _masters.Watch(_connection.Object);
        await LookAsync();
        await LookAsync();

        Assert.Contains("first:6379, second:6379", Assert.Single(_logger.Of(1016)).Text, StringComparison.Ordinal);
        _connection.Verify(connection => connection.ConfigureAsync(null), Times.Once);
    }

    [Fact]
    public async Task Watch_TwoMastersOnceMore_AreReportedAgain()
    {
        _masters.Watch(_connection.Object);
        await LookAsync();
        Answer(_first, "slave");
        await LookAsync();
        Answer(_first, "master");
        await LookAsync();

        Assert.Equal(2, _logger.Of(1016).Count());
        _connection.Verify(connection => connection.ConfigureAsync(null), Times.Exactly(3));
    }

    [Fact]
    public async Task Watch_MasterThatDidNotAnswerIsAReplicaNow_TheClientLooksAgain()
    {
        _masters.Watch(_connection.Object);
        _first
            .Setup(one => one.ExecuteAsync("INFO", It.IsAny<object[]>()))
            .ThrowsAsync(new RedisTimeoutException("no answer", CommandStatus.Sent));
        await LookAsync();
        Answer(_first, "slave");
        await LookAsync();
        await LookAsync();

        _connection.Verify(connection => connection.ConfigureAsync(null), Times.Once);
    }

    [Fact]
    public void Watch_ConnectionOfTheApplicationThrows_IsLoggedAndNotThrown()
    {
        _connection.Setup(connection => connection.GetServers()).Throws<NotSupportedException>();

        _masters.Watch(_connection.Object);

        Assert.IsType<NotSupportedException>(Assert.Single(_logger.Of(1020)).Exception);
    }

    // Version 3 of the client library does that if the application did not set AllowAdmin.
    [Fact]
    public async Task Watch_ClientRefusesInfo_ScriptsAsk()
    {
        foreach (var server in new[] { _first, _second })
        {
            Refuse(server, "INFO");
            server.Setup(one => one.ExecuteAsync("EVAL", It.IsAny<object[]>()))
                .ReturnsAsync(RedisResult.Create((RedisValue)"role:master\r\nmaster_replid:1"));
        }

        _masters.Watch(_connection.Object);
        await LookAsync();

        Assert.Single(_logger.Of(1016));
    }

    [Fact]
    public async Task Watch_ClientRefusesInfoAndScripts_ItsOwnKnowledgeCounts()
    {
        foreach (var server in new[] { _first, _second })
        {
            Refuse(server, "INFO");
            Refuse(server, "EVAL");
        }

        _masters.Watch(_connection.Object);
        await LookAsync();

        Assert.Single(_logger.Of(1016));
    }

    [Fact]
    public async Task Watch_MasterAndReplica_IsSilent()
    {
        Answer(_second, "slave");
        _masters.Watch(_connection.Object);
        await LookAsync();

        Assert.Empty(_logger.Lines);
        _connection.Verify(connection => connection.ConfigureAsync(null), Times.Never);
    }

    [Fact]
    public async Task Watch_Cluster_IsSilent()
    {
        _first.Setup(server => server.ServerType).Returns(ServerType.Cluster);
        _masters.Watch(_connection.Object);
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => _masters.IsIdle, "it has looked");

        Assert.Empty(_logger.Lines);
        _first.Verify(server => server.ExecuteAsync("INFO", It.IsAny<object[]>()), Times.Never);
    }

    [Fact]
    public void Watch_OneServer_NeedsNoTimer()
    {
        _connection.Setup(connection => connection.GetServers()).Returns([_first.Object]);

        _masters.Watch(_connection.Object);

        Assert.Equal(0, _time.ArmedTimers);
    }

    private static Mock<IServer> Server(string name)
    {
        var server = MockedRedis.Server(name);
        server.Setup(one => one.ExecuteAsync(It.IsAny<int?>(), "GET", It.IsAny<ICollection<object>>(), CommandFlags.None))
            .ReturnsAsync(RedisResult.Create(RedisValue.Null));
        return server;
    }

    private static void Refuse(Mock<IServer> server, string command) => server
        .Setup(one => one.ExecuteAsync(command, It.IsAny<object[]>()))
        .ThrowsAsync(new RedisCommandException("not available"));

    private static void Answer(Mock<IServer> server, string role) => server
        .Setup(one => one.ExecuteAsync("INFO", It.IsAny<object[]>()))
        .ReturnsAsync(RedisResult.Create((RedisValue)$"role:{role}\r\nmaster_replid:{role}"));

    private async Task LookAsync()
    {
        var asked = Asked();
        _time.Advance(Period);
        await Eventually.BecomesTrueAsync(() => Asked() > asked && _masters.IsIdle, "it has looked");
    }

    private int Asked() => _second.Invocations.Count(call => call.Method.Name == nameof(IServer.ExecuteAsync));
}
