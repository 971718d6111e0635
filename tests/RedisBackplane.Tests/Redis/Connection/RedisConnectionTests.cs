using System.Net;
using Moq;
using RedisBackplane.Redis.Connection;
using StackExchange.Redis;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RedisConnectionTests
{
    private readonly TrackedTime _time = new();
    private readonly RecordedLogger _logger = new();
    private readonly Mock<IConnectionMultiplexer> _multiplexer = new();
    private readonly Mock<IConnectionMultiplexer> _second = new();
    private readonly TaskCompletionSource<IConnectionMultiplexer> _opened = new();
    private int _opens;
    private CancellationToken _token;

    public RedisConnectionTests()
    {
        _multiplexer.Setup(multiplexer => multiplexer.IsConnected).Returns(true);
        _second.Setup(multiplexer => multiplexer.IsConnected).Returns(true);
    }

    [Fact]
    public void Multiplexer_BeforeTheFirstConnection_ThrowsWithTheBackplaneAndTheServer()
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", Password = "secret" };
        var connection = new RedisConnection("Chat", RedisConnectionSource.From(options), _logger, _time, () => 0.5);

        var exception = Assert.Throws<BackplaneException>(() => connection.Multiplexer);

        Assert.Contains("'Chat'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("localhost:6379", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.False(connection.IsConnected);
    }

    [Fact]
    public async Task Start_FactoryGivesAConnection_IsUsedAndTold()
    {
        _multiplexer.Setup(multiplexer => multiplexer.IsConnected).Returns(true);
        using var connection = Create();
        var changed = ChangedOnce(connection);

        connection.Start();
        Assert.False(changed.IsCompleted);
        _opened.SetResult(_multiplexer.Object);

        await changed.Bounded();
        Assert.Same(_multiplexer.Object, connection.Multiplexer);
        Assert.True(connection.IsConnected);
        Assert.Single(_logger.Of(1001));
    }

    [Fact]
    public async Task Start_FactoryFails_TriesAgainLaterAndLater()
    {
        var delays = new List<TimeSpan>();
        var attempts = 0;
        using var connection = Create(
            _ => ++attempts <= 6 ? throw new InvalidOperationException("no") : Task.FromResult(_multiplexer.Object));
        var changed = ChangedOnce(connection);

        connection.Start();
        for (var i = 1; i <= 6; i++)
        {
            await Eventually.BecomesTrueAsync(
                () => Volatile.Read(ref attempts) == i && _time.ArmedTimers == 1, "the next attempt is planned");
            delays.Add(_time.NextDue!.Value);
            _time.Advance(delays[^1]);
        }

        await changed.Bounded();
        Assert.Equal([100, 200, 250, 250, 250, 250], delays.Select(delay => delay.TotalMilliseconds));
        Assert.Equal(7, attempts);
        Assert.Single(_logger.Of(1003));
    }

    [Fact]
    public async Task Start_OwnedConnectionDoesNotConnect_IsDisposedAndAnotherIsTried()
    {
        var silent = new Mock<IConnectionMultiplexer>();
        var attempts = 0;
        using var connection = Create(_ => Task.FromResult(++attempts == 1 ? silent.Object : _multiplexer.Object));
        var changed = ChangedOnce(connection);

        connection.Start();
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the next attempt is planned");
        silent.Verify(multiplexer => multiplexer.Dispose(), Times.Once);
        _time.Advance(TimeSpan.FromSeconds(1));

        await changed.Bounded();
        Assert.Same(_multiplexer.Object, connection.Multiplexer);
    }

    [Fact]
    public async Task Start_BorrowedConnectionIsNotConnected_IsTakenAsItIs()
    {
        _multiplexer.Setup(multiplexer => multiplexer.IsConnected).Returns(false);
        using var connection = await Connected(ConnectionOwnership.Borrowed);

        Assert.Same(_multiplexer.Object, connection.Multiplexer);
    }

    [Theory]
    [InlineData(true, "ChannelPrefix")]
    [InlineData(false, "DefaultDatabase 3")]
    public async Task Start_FactoryGivesAConnectionThatDoesNotSuit_IsDisposedAndTheErrorNamesTheSetting(bool hasPrefix, string setting)
    {
        _multiplexer.Setup(multiplexer => multiplexer.Configuration).Returns(hasPrefix ? "localhost,channelPrefix=x" : "localhost");
        _multiplexer.Setup(multiplexer => multiplexer.GetDatabase(-1, null))
            .Returns(Mock.Of<IDatabase>(database => database.Database == 3));
        _opened.SetResult(_multiplexer.Object);
        using var connection = Create();

        connection.Start();

        await Eventually.BecomesTrueAsync(() => _logger.Of(1003).Any(), "the attempt has failed");
        Assert.Contains(setting, connection.LastError!.Message, StringComparison.Ordinal);
        _multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.AtLeastOnce);
        Assert.Null(connection.Current);
    }

    [Fact]
    public async Task Start_FactoryGivesNothing_TriesAgain()
    {
        var attempts = 0;
        using var connection = Create(_ => Task.FromResult(++attempts == 1 ? null! : _multiplexer.Object));
        var changed = ChangedOnce(connection);

        connection.Start();
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the next attempt is planned");
        _time.Advance(TimeSpan.FromSeconds(1));

        await changed.Bounded();
    }

    [Fact]
    public async Task Dispose_OwnedConnection_DisposesItOnce()
    {
        var connection = await Connected(ConnectionOwnership.Owned);

        connection.Dispose();
        connection.Dispose();

        _multiplexer.Verify(multiplexer => multiplexer.Close(false), Times.Once);
        _multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.Once);
    }

    [Fact]
    public async Task Dispose_BorrowedConnection_LeavesItAndItsEventsAlone()
    {
        var connection = await Connected(ConnectionOwnership.Borrowed);

        connection.Dispose();

        _multiplexer.Verify(multiplexer => multiplexer.Dispose(), Times.Never);
        _multiplexer.Verify(multiplexer => multiplexer.DisposeAsync(), Times.Never);
        _multiplexer.Verify(multiplexer => multiplexer.Close(It.IsAny<bool>()), Times.Never);
        _multiplexer.VerifyRemove(
            multiplexer => multiplexer.ConnectionFailed -= It.IsAny<EventHandler<ConnectionFailedEventArgs>>(), Times.Once);
        _multiplexer.VerifyRemove(
            multiplexer => multiplexer.ConnectionRestored -= It.IsAny<EventHandler<ConnectionFailedEventArgs>>(), Times.Once);
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
        _multiplexer
            .SetupRemove(multiplexer => multiplexer.ConnectionRestored -= It.IsAny<EventHandler<ConnectionFailedEventArgs>>())
            .Callback(() => removed.SetResult(null));
        connection.Start();
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref _opens) == 1, "the factory is called");

        connection.Dispose();
        Assert.True(_token.IsCancellationRequested);
        _opened.SetResult(_multiplexer.Object);

        await removed.Task.Bounded();
        await Eventually.BecomesTrueAsync(
            () => _multiplexer.Invocations.Count(call => call.Method.Name == nameof(IDisposable.Dispose)) == disposals, "disposed");
        Assert.Equal(0, changes);
        Assert.Throws<BackplaneException>(() => connection.Multiplexer);
    }

    [Fact]
    public async Task Dispose_WhileItWaitsForTheNextAttempt_TriesNoMore()
    {
        var connection = Create(_ =>
        {
            Interlocked.Increment(ref _opens);
            throw new InvalidOperationException("no");
        });
        connection.Start();
        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 1, "the next attempt is planned");

        connection.Dispose();

        await Eventually.BecomesTrueAsync(() => _time.ArmedTimers == 0, "the attempt is given up");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Volatile.Read(ref _opens));
    }

    [Fact]
    public void Dispose_NeverStarted_Returns()
    {
        var connection = Create();

        connection.Dispose();
        connection.Dispose();

        Assert.Equal(0, _opens);
    }

    [Fact]
    public async Task Dispose_TheConnectionThrows_IsLoggedOnly()
    {
        var connection = await Connected(ConnectionOwnership.Owned);
        _multiplexer.Setup(multiplexer => multiplexer.Dispose()).Throws(new InvalidOperationException("no"));

        connection.Dispose();

        Assert.Equal("no", Assert.Single(_logger.Of(1006)).Exception!.Message);
    }

    [Fact]
    public async Task Events_ConnectionFailsAndIsRestored_AreToldAndLogged()
    {
        using var connection = await Connected(ConnectionOwnership.Owned);
        var changes = 0;
        connection.Changed += () => changes++;

        _multiplexer.Raise(multiplexer => multiplexer.ConnectionFailed += null, Event());
        Assert.Equal(1, changes);
        Assert.Contains("10.0.0.1:6379", Assert.Single(_logger.Of(1004)).Text, StringComparison.Ordinal);

        _multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, Event());
        Assert.Equal(2, changes);
        Assert.Single(_logger.Of(1005));
        Assert.Equal(1, connection.Reconnects);
    }

    [Fact]
    public async Task Events_InTheWrongOrder_CountOneReconnectEach()
    {
        using var connection = await Connected(ConnectionOwnership.Owned);
        for (var socket = 1; socket <= 3; socket++)
        {
            var (lost, next) = (Event($"Subscription#{socket}@10.0.0.1:6379"), Event($"Subscription#{socket + 1}@10.0.0.1:6379"));
            _multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, next);
            _multiplexer.Raise(multiplexer => multiplexer.ConnectionFailed += null, lost);
            Assert.Equal(socket, connection.Reconnects);
        }

        _multiplexer.Raise(multiplexer => multiplexer.ConnectionFailed += null, Event("Subscription#4@10.0.0.1:6379"));
        Assert.Equal(3, connection.Reconnects);
        _multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, Event("Subscription#5@10.0.0.1:6379"));

        Assert.Equal(4, connection.Reconnects);
        Assert.Equal((4, 4), (_logger.Of(1004).Count(), _logger.Of(1005).Count()));
    }

    [Fact]
    public async Task Events_ConnectionIsThereForTheFirstTime_IsNoReconnect()
    {
        using var connection = await Connected(ConnectionOwnership.Owned);
        var changes = 0;
        connection.Changed += () => changes++;

        _multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, Event());

        Assert.Equal((1, 0), (changes, connection.Reconnects));
        Assert.Empty(_logger.Of(1005));
    }

    [Fact]
    public async Task Events_AfterDispose_AreNoLongerHeard()
    {
        var connection = await Connected(ConnectionOwnership.Borrowed);
        var changes = 0;
        connection.Changed += () => changes++;

        connection.Dispose();
        _multiplexer.Raise(multiplexer => multiplexer.ConnectionFailed += null, Event());
        _multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, Event());

        Assert.Equal(0, changes);
    }

    [Fact]
    public async Task Replace_OwnedConnection_GivesItUpAndMakesANewOne()
    {
        var closed = new TaskCompletionSource<object?>();
        _multiplexer.Setup(multiplexer => multiplexer.Dispose()).Callback(() => closed.TrySetResult(null));
        using var connection = await ConnectedTwiceAsync();
        var changes = 0;
        connection.Changed += () => Interlocked.Increment(ref changes);

        connection.Replace(_multiplexer.Object);

        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref changes) == 2, "told of the loss and of the new connection");
        Assert.Same(_second.Object, connection.Multiplexer);
        Assert.Equal(1, connection.Reconnects);
        await closed.Task.Bounded();
        _multiplexer.Verify(multiplexer => multiplexer.Close(false), Times.Once);
    }

    [Fact]
    public async Task Replace_WhileANewOneIsBeingMade_MakesNoThird()
    {
        var opens = 0;
        var second = new TaskCompletionSource<IConnectionMultiplexer>();
        using var connection = await StartedAsync(
            Create(_ => Interlocked.Increment(ref opens) == 1 ? Task.FromResult(_multiplexer.Object) : second.Task));

        connection.Replace(_multiplexer.Object);
        connection.Replace(_multiplexer.Object);
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref opens) == 2, "the second is asked for");
        connection.Replace(_multiplexer.Object);

        Assert.Equal(1, connection.Reconnects);
        Assert.Throws<BackplaneException>(() => connection.Multiplexer);
        second.SetResult(_multiplexer.Object);
        await Eventually.BecomesTrueAsync(() => _logger.Of(1001).Count() == 2 && TryGet(connection) is not null, "connected again");
        Assert.Equal(2, Volatile.Read(ref opens));
    }

    [Fact]
    public async Task Replace_WhenAnotherStreamDidItSince_LeavesTheNewOne()
    {
        using var connection = await ConnectedTwiceAsync();
        var found = connection.Current;

        connection.Replace(found);
        await Eventually.BecomesTrueAsync(() => TryGet(connection) is not null, "connected again");
        connection.Replace(found);

        Assert.Equal(1, connection.Reconnects);
        Assert.Same(_second.Object, connection.Multiplexer);
    }

    [Fact]
    public async Task Replace_SocketsCameBackSinceTheLook_ReplacesTheConnectionAllTheSame()
    {
        using var connection = await ConnectedTwiceAsync();
        var found = connection.Current;

        _multiplexer.Raise(multiplexer => multiplexer.ConnectionFailed += null, Event());
        _multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, Event());
        connection.Replace(found);

        await Eventually.BecomesTrueAsync(() => TryGet(connection) == _second.Object, "the second has taken its place");
    }

    [Fact]
    public async Task Replace_BorrowedConnection_LeavesIt()
    {
        var connection = await Connected(ConnectionOwnership.Borrowed);

        connection.Replace(_multiplexer.Object);

        Assert.Same(_multiplexer.Object, connection.Multiplexer);
        Assert.Equal(0, connection.Reconnects);
        connection.Dispose();
    }

    [Fact]
    public async Task Replace_AfterDispose_DoesNothing()
    {
        var connection = await Connected(ConnectionOwnership.Owned);
        connection.Dispose();

        connection.Replace(_multiplexer.Object);

        Assert.Equal((1, 0), (_opens, connection.Reconnects));
    }

    private static IConnectionMultiplexer? TryGet(RedisConnection connection)
    {
        try
        {
            return connection.Multiplexer;
        }
        catch (BackplaneException)
        {
            return null;
        }
    }

    private ConnectionFailedEventArgs Event(string socket = "physical") => new(
        _multiplexer.Object,
        new IPEndPoint(IPAddress.Parse("10.0.0.1"), 6379),
        ConnectionType.Subscription,
        ConnectionFailureType.SocketClosed,
        new InvalidOperationException("cut"),
        socket);

    private RedisConnection Create(
        Func<CancellationToken, Task<IConnectionMultiplexer>>? factory = null, ConnectionOwnership ownership = ConnectionOwnership.Owned)
    {
        var source = RedisConnectionSource.From(new RedisBackplaneOptions
        {
            AppName = "Chat",
            ConnectionFactory = factory ?? (token =>
            {
                _token = token;
                Interlocked.Increment(ref _opens);
                return _opened.Task;
            }),
            ConnectionFactoryOwnership = ownership,
        });
        return new RedisConnection("Chat", source, _logger, _time, () => 0.5);
    }

    private Task<RedisConnection> Connected(ConnectionOwnership ownership)
    {
        _opened.TrySetResult(_multiplexer.Object);
        return StartedAsync(Create(ownership: ownership));
    }

    /// <summary>Connected to the first; the next connection is the second.</summary>
    private Task<RedisConnection> ConnectedTwiceAsync()
    {
        var made = new Queue<IConnectionMultiplexer>([_multiplexer.Object, _second.Object]);
        return StartedAsync(Create(_ => Task.FromResult(made.Dequeue())));
    }

    private static async Task<RedisConnection> StartedAsync(RedisConnection connection)
    {
        var changed = ChangedOnce(connection);
        connection.Start();
        await changed.Bounded();
        return connection;
    }

    private static Task<object?> ChangedOnce(RedisConnection connection)
    {
        var changed = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Changed += () => changed.TrySetResult(null);
        return changed.Task;
    }
}
