namespace RedisBackplane.Tests.Redis.Connection;

/// <summary>The events of the client library.</summary>
public sealed class RedisConnectionEventsTests : RedisConnectionTest
{
    /// <summary>Every stream tries again at the event, and may end at the same answer.</summary>
    [Fact]
    public async Task Moved_InALoop_IsToldAFewTimesAndOnceMoreLater()
    {
        using var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        var told = 0;
        connection.Changed += () => told++;
        var changes = connection.Changes;

        for (var answer = 0; answer < 100; answer++)
        {
            connection.OnMoved();
        }

        Assert.Equal(4, told);
        Assert.Equal(changes + 100, connection.Changes);
        await Eventually.BecomesTrueAsync(() => Time.ArmedTimers > 0, "it waits");
        Time.Advance(TimeSpan.FromSeconds(0.5));
        await Eventually.BecomesTrueAsync(() => told == 5, "the last one is told");
    }

    [Fact]
    public async Task Events_ConnectionFailsAndIsRestored_AreToldAndLogged()
    {
        using var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        var changes = 0;
        connection.Changed += () => changes++;

        Fail();
        Assert.Equal(1, changes);
        Assert.Contains("10.0.0.1:6379", Assert.Single(Logger.Of(1004)).Text, StringComparison.Ordinal);

        Restore();
        Assert.Equal(2, changes);
        Assert.Single(Logger.Of(1005));
        Assert.Equal(1, connection.Reconnects);
    }

    /// <summary>The client library may never end a call that it writes while the socket closes.</summary>
    [Fact]
    public async Task Events_SocketOfTheChannelIsLost_ItsCallsBeforeAreGivenUpAfterThreeSeconds()
    {
        using var connection = await ConnectedAsync(ConnectionOwnership.Borrowed);
        var before = connection.Deadlines.Channel.ResultOf(new TaskCompletionSource<int>().Task).AsTask();
        var command = connection.Deadlines.Command.ResultOf(new TaskCompletionSource<int>().Task).AsTask();

        Fail();
        Restore();
        var after = connection.Deadlines.Channel.ResultOf(new TaskCompletionSource<int>().Task).AsTask();
        await Eventually.BecomesTrueAsync(() => Time.ArmedTimers > 0, "the end is awaited");
        Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(before.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(0.1));

        await Assert.ThrowsAsync<RedisTimeoutException>(() => before.Bounded());
        Assert.False(after.IsCompleted || command.IsCompleted);
    }

    [Fact]
    public async Task Events_InTheWrongOrder_CountOneReconnectEach()
    {
        using var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        for (var socket = 1; socket <= 3; socket++)
        {
            Restore($"Subscription#{socket + 1}@10.0.0.1:6379");
            Fail($"Subscription#{socket}@10.0.0.1:6379");
            Assert.Equal(socket, connection.Reconnects);
        }

        Fail("Subscription#4@10.0.0.1:6379");
        Assert.Equal(3, connection.Reconnects);
        Restore("Subscription#5@10.0.0.1:6379");

        Assert.Equal(4, connection.Reconnects);
        Assert.Equal((4, 4), (Logger.Of(1004).Count(), Logger.Of(1005).Count()));
    }

    [Fact]
    public async Task Events_ConnectionIsThereForTheFirstTime_IsNoReconnect()
    {
        using var connection = await ConnectedAsync(ConnectionOwnership.Owned);
        var changes = 0;
        connection.Changed += () => changes++;

        Restore();

        Assert.Equal((1, 0), (changes, connection.Reconnects));
        Assert.Empty(Logger.Of(1005));
    }

    [Fact]
    public async Task Events_AfterDispose_AreNoLongerHeard()
    {
        var connection = await ConnectedAsync(ConnectionOwnership.Borrowed);
        var changes = 0;
        connection.Changed += () => changes++;

        connection.Dispose();
        Fail();
        Restore();

        Assert.Equal(0, changes);
    }
}
