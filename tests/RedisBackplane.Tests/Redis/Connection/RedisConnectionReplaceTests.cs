using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

public sealed class RedisConnectionReplaceTests : RedisConnectionTest
{
    [Theory]
    [InlineData("READONLY You can't write against a read only replica. script: 4c46, on @user_script:15.", 1)]
    [InlineData("ERR Error running script (call to f_4c46): @user_script:15: -READONLY You can't write against a read only replica.", 1)]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", 0)]
    public async Task NoteRefusal_WritesAreRefusedForHalfASecond_ReplacesTheConnectionIfItLeadsToAReplica(string refusal, int replaced)
    {
        using var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        connection.NoteRefusal(MockedRedis.Error(refusal), connection.Current);
        Time.Advance(TimeSpan.FromSeconds(0.4));
        connection.NoteRefusal(MockedRedis.Error(refusal), connection.Current);
        Assert.Equal(0, connection.Reconnects);

        Time.Advance(TimeSpan.FromSeconds(0.1));
        connection.NoteRefusal(MockedRedis.Error(refusal), connection.Current);

        Assert.Equal(replaced, connection.Reconnects);
    }

    [Fact]
    public async Task Replace_OwnedConnection_GivesItUpAndMakesANewOne()
    {
        var closed = new TaskCompletionSource<object?>();
        Multiplexer.Setup(multiplexer => multiplexer.Dispose()).Callback(() => closed.TrySetResult(null));
        using var connection = await ConnectedTwiceAsync();
        var changes = 0;
        connection.Changed += () => Interlocked.Increment(ref changes);

        connection.Replace(Multiplexer.Object);

        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref changes) == 2, "told of the loss and of the new connection");
        Assert.Same(Second.Object, connection.Multiplexer);
        Assert.Equal(1, connection.Reconnects);
        await closed.Task.Bounded();
        Multiplexer.Verify(multiplexer => multiplexer.Close(false), Times.Once);
    }

    /// <summary>The client library's Close can throw halfway.</summary>
    [Fact]
    public async Task Replace_CloseThrows_DisposesTheRestAndLogsIt()
    {
        var disposed = new TaskCompletionSource<object?>();
        Multiplexer.Setup(multiplexer => multiplexer.Close(false)).Throws(new InvalidOperationException("halfway"));
        Multiplexer.Setup(multiplexer => multiplexer.Dispose()).Callback(() => disposed.TrySetResult(null));
        using var connection = await ConnectedTwiceAsync();

        connection.Replace(Multiplexer.Object);

        await disposed.Task.Bounded();
        Assert.Equal("halfway", Assert.Single(Logger.Of(1006)).Exception?.Message);
    }

    [Fact]
    public async Task Replace_WhileANewOneIsBeingMade_MakesNoThird()
    {
        var second = new TaskCompletionSource<IConnectionMultiplexer>();
        using var connection = await StartedAsync(
            Create(() => Opens == 1 ? Task.FromResult(Multiplexer.Object) : second.Task));

        connection.Replace(Multiplexer.Object);
        connection.Replace(Multiplexer.Object);
        await Eventually.BecomesTrueAsync(() => Opens == 2, "the second is asked for");
        connection.Replace(Multiplexer.Object);

        Assert.Equal(1, connection.Reconnects);
        Assert.Throws<BackplaneException>(() => connection.Multiplexer);
        second.SetResult(Multiplexer.Object);
        await Eventually.BecomesTrueAsync(() => Logger.Of(1001).Count() == 2 && TryGet(connection) is not null, "connected again");
        Assert.Equal(2, Opens);
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
        Assert.Same(Second.Object, connection.Multiplexer);
    }

    [Fact]
    public async Task Replace_SocketsCameBackSinceTheLook_ReplacesTheConnectionAllTheSame()
    {
        using var connection = await ConnectedTwiceAsync();
        var found = connection.Current;

        Fail();
        Restore();
        connection.Replace(found);

        await Eventually.BecomesTrueAsync(() => TryGet(connection) == Second.Object, "the second has taken its place");
    }

    [Fact]
    public async Task Replace_BorrowedConnection_LeavesIt()
    {
        var connection = await ConnectedAsync(ConnectionOwnership.Borrowed);

        connection.Replace(Multiplexer.Object);

        Assert.Same(Multiplexer.Object, connection.Multiplexer);
        Assert.Equal(0, connection.Reconnects);
        connection.Dispose();
    }

    [Fact]
    public async Task Replace_AfterDispose_DoesNothing()
    {
        var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        connection.Dispose();

        connection.Replace(Multiplexer.Object);

        Assert.Equal((1, 0), (Opens, connection.Reconnects));
    }

    // A server that always answers so must not be connected to in a loop.
    [Fact]
    public async Task NoteOutOfStep_AgainWithinASecond_LeavesTheConnection()
    {
        using var connection = await ConnectedTwiceAsync();
        connection.NoteOutOfStep(Multiplexer.Object, "GET");
        await Eventually.BecomesTrueAsync(() => TryGet(connection) == Second.Object, "connected again");

        connection.NoteOutOfStep(Second.Object, "GET");
        Assert.Same(Second.Object, TryGet(connection));

        Time.Advance(TimeSpan.FromSeconds(1));
        connection.NoteOutOfStep(Second.Object, "GET");
        Assert.Equal(2, connection.Reconnects);
        Assert.Single(Logger.Of(1013));
    }

    /// <summary>Connected to the first; the next connection is the second.</summary>
    private Task<RedisConnection> ConnectedTwiceAsync()
    {
        var made = new Queue<IConnectionMultiplexer>([Multiplexer.Object, Second.Object]);
        return StartedAsync(Create(() => Task.FromResult(made.Dequeue())));
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
}
