using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RedisConnectionStartTests : RedisConnectionTest
{
    [Fact]
    public void Multiplexer_BeforeTheFirstConnection_ThrowsWithTheBackplaneAndTheServer()
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", Password = "secret" };
        var connection = new RedisConnection("Chat", RedisConnectionSource.From(options), Logger, Time, () => 0.5);

        var exception = Assert.Throws<BackplaneException>(() => connection.Multiplexer);

        Assert.Contains("'Chat'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("localhost:6379", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.False(connection.IsConnected);
    }

    [Fact]
    public async Task Start_FactoryGivesAConnection_IsUsedAndTold()
    {
        using var connection = Create();
        var changed = ChangedOnce(connection);

        connection.Start();
        Assert.False(changed.IsCompleted);
        Opened.SetResult(Multiplexer.Object);

        await changed.Bounded();
        Assert.Same(Multiplexer.Object, connection.Multiplexer);
        Assert.True(connection.IsConnected);
        Assert.Single(Logger.Of(1001));
    }

    [Fact]
    public async Task Start_FactoryFails_TriesAgainLaterAndLater()
    {
        var delays = new List<TimeSpan>();
        using var connection = Create(
            () => Opens <= 6 ? throw new InvalidOperationException("no") : Task.FromResult(Multiplexer.Object));
        var changed = ChangedOnce(connection);

        connection.Start();
        for (var i = 1; i <= 6; i++)
        {
            await Eventually.BecomesTrueAsync(
                () => Opens == i && Time.ArmedTimers == 1, "the next attempt is planned");
            delays.Add(Time.NextDue!.Value);
            Time.Advance(delays[^1]);
        }

        await changed.Bounded();
        Assert.Equal([100, 200, 250, 250, 250, 250], delays.Select(delay => delay.TotalMilliseconds));
        Assert.Equal(7, Opens);
        Assert.Single(Logger.Of(1003));
    }

    [Fact]
    public async Task Start_OwnedConnectionDoesNotConnect_IsDisposedAndAnotherIsTried()
    {
        var silent = new Mock<IConnectionMultiplexer>();
        using var connection = Create(() => Task.FromResult(Opens == 1 ? silent.Object : Multiplexer.Object));
        var changed = ChangedOnce(connection);

        connection.Start();
        await NextAttemptIsPlannedAsync();
        silent.Verify(multiplexer => multiplexer.Dispose(), Times.Once);
        Time.Advance(TimeSpan.FromSeconds(1));

        await changed.Bounded();
        Assert.Same(Multiplexer.Object, connection.Multiplexer);
    }

    [Fact]
    public async Task Start_BorrowedConnectionIsNotConnected_IsTakenAsItIs()
    {
        Multiplexer.Setup(multiplexer => multiplexer.IsConnected).Returns(false);
        using var connection = await ConnectedAsync(ConnectionOwnership.Borrowed);

        Assert.Same(Multiplexer.Object, connection.Multiplexer);
    }

    [Theory]
    [InlineData(true, "ChannelPrefix")]
    [InlineData(false, "DefaultDatabase 3")]
    public async Task Start_FactoryGivesAConnectionThatDoesNotSuit_IsDisposedAndTheErrorNamesTheSetting(bool hasPrefix, string setting)
    {
        Multiplexer.Setup(multiplexer => multiplexer.Configuration).Returns(hasPrefix ? "localhost,channelPrefix=x" : "localhost");
        Multiplexer.Setup(multiplexer => multiplexer.GetDatabase(-1, null))
            .Returns(Mock.Of<IDatabase>(database => database.Database == 3));
        Opened.SetResult(Multiplexer.Object);
        using var connection = Create();

        connection.Start();

        await Eventually.BecomesTrueAsync(() => Logger.Of(1003).Any(), "the attempt has failed");
        Assert.Contains(setting, connection.LastError!.Message, StringComparison.Ordinal);
        Multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.AtLeastOnce);
        Assert.Null(connection.Current);
    }

    [Fact]
    public async Task Start_FactoryGivesNothing_TriesAgain()
    {
        using var connection = Create(() => Task.FromResult(Opens == 1 ? null! : Multiplexer.Object));
        var changed = ChangedOnce(connection);

        connection.Start();
        await NextAttemptIsPlannedAsync();
        Time.Advance(TimeSpan.FromSeconds(1));

        await changed.Bounded();
    }
}
