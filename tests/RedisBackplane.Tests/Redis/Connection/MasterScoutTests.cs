using System.Collections.Concurrent;
using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class MasterScoutTests : IDisposable
{
    private const string Replica = "role:slave\r\nmaster_replid:aaa\r\nmaster_replid2:000";
    private const string Master = "role:master\r\nmaster_replid:aaa\r\nmaster_replid2:000";
    private const string Successor = "role:master\r\nmaster_replid:bbb\r\nmaster_replid2:aaa";
    private const string Stranger = "role:master\r\nmaster_replid:ccc\r\nmaster_replid2:000";

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(500);

    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();
    private readonly ConcurrentQueue<ConfigurationOptions> _connects = new();
    private readonly Mock<IConnectionMultiplexer> _all = new();
    private readonly IConnectionMultiplexer _one = Mock.Of<IConnectionMultiplexer>();
    private readonly Mock<IServer> _first = MockedRedis.Server("first");
    private readonly Mock<IServer> _second = MockedRedis.Server("second");
    private readonly MasterScout _scout;

    public MasterScoutTests()
    {
        _all.Setup(all => all.GetServers()).Returns([_first.Object, _second.Object]);
        foreach (var server in new[] { _first, _second })
        {
            _all.Setup(all => all.GetServer(server.Object.EndPoint, null)).Returns(server.Object);
        }

        var configuration = ConfigurationOptions.Parse("first:6379,second:6379,serviceName=farm");
        _scout = new MasterScout(
            new RedisBackplaneOptions { AppName = "Chat" },
            configuration.Clone(),
            configuration,
            (asked, _) =>
            {
                _connects.Enqueue(asked);
                return Task.FromResult(asked.EndPoints.Count > 1 ? _all.Object : _one);
            },
            "Chat:server",
            _logger,
            _time);
    }

    public void Dispose() => _scout.Dispose();

    [Theory]
    [InlineData("first:6379", false)]
    [InlineData("first:6379,second:6379", true)]
    [InlineData("sentinel:26379,serviceName=farm", true)]
    [InlineData("first:6379,second:6379,proxy=Twemproxy", false)]
    public void IsNeeded_Configuration_IsTrueIfItMayLeadToSeveralMasters(string configuration, bool expected) =>
        Assert.Equal(expected, MasterScout.IsNeeded(ConfigurationOptions.Parse(configuration)));

    [Fact]
    public async Task Open_MasterAndReplica_ConnectsToTheMasterAlone()
    {
        Answer(_first, Replica);
        Answer(_second, Master);

        Assert.Same(_one, await _scout.OpenAsync(default).Bounded());

        Assert.Equal(2, _connects.Count);
        Assert.Equal(2, _connects.First().EndPoints.Count);
        Assert.Equal([_second.Object.EndPoint], _connects.Last().EndPoints);
        Assert.Null(_connects.Last().ServiceName);
        Assert.Empty(_logger.Lines);
    }

    [Fact]
    public async Task Open_NoMaster_FailsAndKeepsTheConnectionThatAsks()
    {
        Answer(_first, Replica);
        Answer(_second, Replica);

        await Assert.ThrowsAsync<BackplaneException>(() => _scout.OpenAsync(default)).Bounded();
        Answer(_second, Master);
        await _scout.OpenAsync(default).Bounded();

        Assert.Equal([2, 1], _connects.Select(configuration => configuration.EndPoints.Count));
    }

    [Fact]
    public async Task Open_NoServerAnswers_AsksOverAnotherConnectionNextTime()
    {
        _first.Setup(server => server.IsConnected).Returns(false);
        _second.Setup(server => server.IsConnected).Returns(false);

        await Assert.ThrowsAsync<BackplaneException>(() => _scout.OpenAsync(default)).Bounded();

        await Eventually.BecomesTrueAsync(() => _connects.Count == 2, "it connects again");
        Assert.Equal([2, 2], _connects.Select(configuration => configuration.EndPoints.Count));
    }

    [Fact]
    public async Task Open_Cluster_LeavesTheChoiceToTheClient()
    {
        _second.Setup(server => server.ServerType).Returns(ServerType.Cluster);

        await _scout.OpenAsync(default).Bounded();

        Assert.Equal([2, 2], _connects.Select(configuration => configuration.EndPoints.Count));
        _all.Verify(all => all.Dispose(), Times.Once);
    }

    [Fact]
    public async Task Open_TwoStrangers_TakesTheOneThatTheFarmRecognisedLastAndTellsOnce()
    {
        Answer(_first, Master, "run1:0:1700000000000001");
        Answer(_second, Stranger, "run2:1700000000000005:1700000000000002");

        await _scout.OpenAsync(default).Bounded();
        await _scout.OpenAsync(default).Bounded();

        Assert.Equal([_second.Object.EndPoint], _connects.Last().EndPoints);
        Assert.Contains("uses second:6379 alone", Assert.Single(_logger.Of(1015)).Text, StringComparison.Ordinal);
    }

    // Version 3 of the client library refuses INFO otherwise.
    [Fact]
    public async Task Open_OnlyTheScout_MayRunCommandsOfAdministrators()
    {
        Answer(_first, Master);
        Answer(_second, Replica);

        await _scout.OpenAsync(default).Bounded();

        Assert.Equal([true, false], _connects.Select(configuration => configuration.AllowAdmin));
    }

    [Fact]
    public async Task Open_OneServerNeverAnswers_GoesOnWithTheOthers()
    {
        _first.Setup(server => server.ExecuteAsync("INFO", It.IsAny<object[]>()))
            .Returns(new TaskCompletionSource<RedisResult>().Task);
        Answer(_second, Master);

        var opening = _scout.OpenAsync(default);
        await Eventually.BecomesTrueAsync(() => _time.NextDue == AnswerWithin, "it waits for the first");
        _time.Advance(AnswerWithin);

        await opening.Bounded();
        Assert.Equal([_second.Object.EndPoint], _connects.Last().EndPoints);
    }

    [Fact]
    public async Task Look_AnotherTookOver_IsToldOfTheConnectionOnce()
    {
        Answer(_first, Master);
        Answer(_second, Replica);
        var outdated = new ConcurrentQueue<IConnectionMultiplexer>();
        _scout.Outdated += outdated.Enqueue;
        await _scout.OpenAsync(default).Bounded();

        Answer(_second, Successor);
        await LookAsync();
        _scout.LookAgain();
        await Eventually.BecomesTrueAsync(() => _scout.IsIdle, "it has looked again");

        Assert.Same(_one, Assert.Single(outdated));
        Assert.Contains("second:6379", Assert.Single(_logger.Of(1014)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_OneServerStaysSilent_AsksOverAnotherConnection()
    {
        Answer(_first, Master);
        Answer(_second, Replica);
        await _scout.OpenAsync(default).Bounded();
        _second.Setup(server => server.ExecuteAsync("INFO", It.IsAny<object[]>()))
            .Returns(new TaskCompletionSource<RedisResult>().Task);

        await Eventually.BecomesTrueAsync(
            () =>
            {
                _time.Advance(AnswerWithin);
                return _connects.Count >= 3;
            },
            "it connects again");

        Assert.Equal([2, 1, 2], _connects.Take(3).Select(configuration => configuration.EndPoints.Count));
    }

    [Fact]
    public async Task Look_MasterDoesNotAnswerAndNobodyTookOver_Stays()
    {
        Answer(_first, Master);
        Answer(_second, Replica);
        var outdated = new ConcurrentQueue<IConnectionMultiplexer>();
        _scout.Outdated += outdated.Enqueue;
        await _scout.OpenAsync(default).Bounded();

        _first.Setup(server => server.IsConnected).Returns(false);
        Answer(_second, Stranger);
        await LookAsync();

        Assert.Empty(outdated);
    }

    [Fact]
    public async Task Dispose_AfterOpen_ClosesTheConnectionThatAsksAndNoOther()
    {
        Answer(_first, Master);
        Answer(_second, Replica);
        await _scout.OpenAsync(default).Bounded();

        _scout.Dispose();

        _all.Verify(all => all.Dispose());
        Mock.Get(_one).Verify(one => one.Dispose(), Times.Never);
    }

    private static void Answer(Mock<IServer> server, string replication, string? epoch = null)
    {
        server.Setup(one => one.ExecuteAsync("INFO", It.IsAny<object[]>())).ReturnsAsync(RedisResult.Create((RedisValue)replication));
        server.Setup(one => one.ExecuteAsync(It.IsAny<int?>(), "GET", It.IsAny<ICollection<object>>(), CommandFlags.None))
            .ReturnsAsync(RedisResult.Create((RedisValue)epoch));
    }

    // Runs the timer, and waits for the look that it starts.
    private async Task LookAsync()
    {
        var asked = Asked();
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await Eventually.BecomesTrueAsync(() => Asked() > asked && _scout.IsIdle, "it has looked");
    }

    private int Asked() => _second.Invocations.Count(call => call.Method.Name == nameof(IServer.ExecuteAsync));
}
