using System.Net;
using Moq;

namespace RedisBackplane.Tests.Redis.Connection;

/// <summary>Tests with a connection of the library whose factory gives mocks of the client library's.</summary>
public abstract class RedisConnectionTest
{
    private int _opens;

    protected RedisConnectionTest()
    {
        Multiplexer.Setup(multiplexer => multiplexer.IsConnected).Returns(true);
        Second.Setup(multiplexer => multiplexer.IsConnected).Returns(true);
    }

    private protected TrackedTime Time { get; } = new();

    private protected RecordedLogger Logger { get; } = new();

    private protected Mock<IConnectionMultiplexer> Multiplexer { get; } = new();

    private protected Mock<IConnectionMultiplexer> Second { get; } = new();

    /// <summary>Gets what the factory gives, if the test has none of its own.</summary>
    private protected TaskCompletionSource<IConnectionMultiplexer> Opened { get; } = new();

    private protected int Opens => Volatile.Read(ref _opens);

    /// <summary>Gets what the factory was given last.</summary>
    private protected CancellationToken Token { get; private set; }

    private protected RedisConnection Create(
        Func<Task<IConnectionMultiplexer>>? factory = null, ConnectionOwnership ownership = ConnectionOwnership.Owned)
    {
        var source = RedisConnectionSource.From(new RedisBackplaneOptions
        {
            AppName = "Chat",
            ConnectionFactory = token =>
            {
                Token = token;
                Interlocked.Increment(ref _opens);
                return factory is null ? Opened.Task : factory();
            },
            ConnectionFactoryOwnership = ownership,
        });
        return new RedisConnection("Chat", source, Logger, Time, () => 0.5);
    }

    private protected Task<RedisConnection> ConnectedAsync(ConnectionOwnership ownership)
    {
        Opened.TrySetResult(Multiplexer.Object);
        return StartedAsync(Create(ownership: ownership));
    }

    private protected static async Task<RedisConnection> StartedAsync(RedisConnection connection)
    {
        var changed = ChangedOnce(connection);
        connection.Start();
        await changed.Bounded();
        return connection;
    }

    private protected static Task<object?> ChangedOnce(RedisConnection connection)
    {
        var changed = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Changed += () => changed.TrySetResult(null);
        return changed.Task;
    }

    private protected Task NextAttemptIsPlannedAsync() =>
        Eventually.BecomesTrueAsync(() => Time.ArmedTimers == 1, "the next attempt is planned");

    private protected void Fail(string socket = "physical") =>
        Multiplexer.Raise(multiplexer => multiplexer.ConnectionFailed += null, Event(socket));

    private protected void Restore(string socket = "physical") =>
        Multiplexer.Raise(multiplexer => multiplexer.ConnectionRestored += null, Event(socket));

    private ConnectionFailedEventArgs Event(string socket) => new(
        Multiplexer.Object,
        new IPEndPoint(IPAddress.Parse("10.0.0.1"), 6379),
        ConnectionType.Subscription,
        ConnectionFailureType.SocketClosed,
        new InvalidOperationException("cut"),
        socket);
}
