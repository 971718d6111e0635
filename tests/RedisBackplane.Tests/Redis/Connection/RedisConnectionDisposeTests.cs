using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RedisConnectionDisposeTests : RedisConnectionTest
{
    [Fact]
    public async Task Dispose_OwnedConnection_DisposesItOnce()
    {
        var connection = await ConnectedAsync(ConnectionOwnership.Owned);

        connection.Dispose();
        connection.Dispose();

        Multiplexer.Verify(multiplexer => multiplexer.Close(false), Times.Once);
        Multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.Once);
    }

    [Fact]
    public async Task Dispose_BorrowedConnection_LeavesItAndItsEventsAlone()
    {
        var connection = await ConnectedAsync(ConnectionOwnership.Borrowed);

        connection.Dispose();

        Multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.Never);
        Multiplexer.Verify(multiplexer => multiplexer.DisposeAsync(), Times.Never);
        Multiplexer.Verify(multiplexer => multiplexer.Close(It.IsAny<bool>()), Times.Never);
        Multiplexer.VerifyRemove(
            multiplexer => multiplexer.ConnectionFailed -= It.IsAny<EventHandler<ConnectionFailedEventArgs>>(), Times.Once);
        Multiplexer.VerifyRemove(
            multiplexer => multiplexer.ConnectionRestored -= It.IsAny<EventHandler<ConnectionFailedEventArgs>>(), Times.Once);
    }

    [Fact]
    public async Task Dispose_CallbackOfTheFactoryThrows_IsReportedAndDisposesTheRest()
    {
        var isLeft = false;
        var connection = Create(() =>
        {
            Token.Register(static () => throw new InvalidOperationException("a callback"));
            Volatile.Write(ref isLeft, true);
            return Opened.Task;
        });
        connection.Start();
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref isLeft), "the factory has left its callback");

        connection.Dispose();

        Assert.Single(Logger.Of(1006));
    }

    [Fact]
    public async Task Dispose_CallbackThatTheFactoryForgot_IsNotCalled()
    {
        var calls = 0;
        var connection = await StartedAsync(Create(() =>
        {
            Token.Register(() => calls++);
            return Task.FromResult(Multiplexer.Object);
        }));

        connection.Dispose();

        Assert.Equal(0, calls);
        Multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.Once);
    }

    [Theory]
    [InlineData(ConnectionOwnership.Owned, 1)]
    [InlineData(ConnectionOwnership.Borrowed, 0)]
    public async Task Dispose_WhileTheFactoryIsAtIt_ReleasesWhatItGivesLater(ConnectionOwnership ownership, int disposals)
    {
        var connection = Create(ownership: ownership);
        var changes = 0;
        connection.Changed += () => changes++;
        var removed = new TaskCompletionSource<object?>();
        Multiplexer
            .SetupRemove(multiplexer => multiplexer.ConnectionRestored -= It.IsAny<EventHandler<ConnectionFailedEventArgs>>())
            .Callback(() => removed.SetResult(null));
        connection.Start();
        await Eventually.BecomesTrueAsync(() => Opens == 1, "the factory is called");

        connection.Dispose();
        Assert.True(Token.IsCancellationRequested);
        Opened.SetResult(Multiplexer.Object);

        await removed.Task.Bounded();
        await Eventually.BecomesTrueAsync(
            () => Multiplexer.Invocations.Count(call => call.Method.Name == nameof(IDisposable.Dispose)) == disposals, "disposed");
        Assert.Equal(0, changes);
        Assert.Throws<BackplaneException>(() => connection.Multiplexer);
    }

    [Fact]
    public async Task Dispose_WhileItWaitsForTheNextAttempt_TriesNoMore()
    {
        var connection = Create(() => throw new InvalidOperationException("no"));
        connection.Start();
        await NextAttemptIsPlannedAsync();

        connection.Dispose();

        await Eventually.BecomesTrueAsync(() => Time.ArmedTimers == 0, "the attempt is given up");
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Opens);
    }

    [Fact]
    public void Dispose_NeverStarted_Returns()
    {
        var connection = Create();

        connection.Dispose();
        connection.Dispose();

        Assert.Equal(0, Opens);
    }

    [Fact]
    public async Task Dispose_TheConnectionThrows_IsLoggedOnly()
    {
        var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        Multiplexer.Setup(multiplexer => multiplexer.Dispose()).Throws(new InvalidOperationException("no"));

        connection.Dispose();

        Assert.Equal("no", Assert.Single(Logger.Of(1006)).Exception!.Message);
    }
}
