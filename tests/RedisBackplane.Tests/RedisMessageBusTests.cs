using System.Diagnostics;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Moq;

namespace RedisBackplane.Tests;

/// <summary>The bus and its one line at start-up, without a Redis that answers.</summary>
public sealed class RedisMessageBusTests
{
    private readonly DefaultDependencyResolver _resolver = new();
    private readonly FakeCounters _counters = new();

    public RedisMessageBusTests() => _resolver.Register(typeof(IPerformanceCounterManager), () => _counters);

    [Fact]
    public void UseRedis_EveryForm_RegistersOneBusThatIsMadeWhenAskedFor()
    {
        var calls = 0;
        Task<IConnectionMultiplexer> Connect(CancellationToken token)
        {
            Interlocked.Increment(ref calls);
            return AwayRedis.ConnectAsync(token);
        }

        Assert.Same(_resolver, _resolver.UseRedis(options => (options.AppName, options.ConnectionFactory) = ("Chat", Connect)));
        Assert.Equal(0, calls);

        using var bus = Assert.IsType<RedisMessageBus>(_resolver.Resolve<IMessageBus>());
        Assert.Same(bus, _resolver.Resolve<RedisMessageBus>());
        Assert.Same(_resolver, _resolver.UseRedis("localhost", 6379, string.Empty, "Chat"));
        Assert.Same(_resolver, _resolver.UseRedis("localhost:6379", "Chat"));
        Assert.Same(_resolver, _resolver.UseRedis(new RedisBackplaneOptions { AppName = "Chat" }));
    }

    [Fact]
    public void UseRedis_WrongSettings_ThrowsAtOnce()
    {
        var exception = Assert.Throws<OptionsValidationException>(() => _resolver.UseRedis("localhost", 0, "hunter2", string.Empty));

        Assert.Contains("Port is 0", exception.Message, StringComparison.Ordinal);
        Assert.Contains("AppName", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", exception.Message, StringComparison.Ordinal);
        Assert.IsNotType<RedisMessageBus>(_resolver.Resolve<IMessageBus>());
    }

    [Fact]
    public void UseRedis_Null_NamesTheArgument()
    {
        Assert.Equal(
            "resolver",
            Assert.Throws<ArgumentNullException>(() => default(IDependencyResolver)!.UseRedis("localhost", "Chat")).ParamName);
        Assert.Equal("connectionString", Assert.Throws<ArgumentNullException>(() => _resolver.UseRedis(default!, "Chat")).ParamName);
        Assert.Equal(
            "configure",
            Assert.Throws<ArgumentNullException>(() => _resolver.UseRedis(default(Action<RedisBackplaneOptions>)!)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => _resolver.UseRedis(default(RedisBackplaneOptions)!)).ParamName);
    }

    [Fact]
    public async Task Publish_BeforeAnyConnection_WaitsAndFailsWhenTheBusIsDisposed()
    {
        var bus = Create(AwayRedis.ConnectAsync);
        var publish = bus.Publish(new Message("source", "key", "value"));

        Assert.False(publish.IsCompleted);
        Assert.Equal((1, false), (bus.Status.QueueMessages, bus.Status.IsConnected));
        Assert.Equal(1, _counters.ScaleoutSendQueueLength.RawValue);
        Assert.Equal(1, _counters.MessageBusMessagesPublishedTotal.RawValue);
        Assert.Equal((1, 0, 1), (
            _counters.ScaleoutStreamCountTotal.RawValue,
            _counters.ScaleoutStreamCountOpen.RawValue,
            _counters.ScaleoutStreamCountBuffering.RawValue));
        bus.Dispose();
        bus.Dispose();

        await Assert.ThrowsAsync<BackplaneException>(() => publish.Bounded());
        await Assert.ThrowsAsync<BackplaneException>(() => bus.Publish(new Message("source", "key", "value")).Bounded());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => bus.WhenConnectedAsync().Bounded());
        Assert.Equal(0, _counters.ScaleoutSendQueueLength.RawValue);
    }

    [Fact]
    public async Task Publish_OverSeveralStreams_KeepsASenderInOneAndSharesTheQueue()
    {
        using var bus = Create(AwayRedis.ConnectAsync, options => (options.StreamCount, options.MaxQueueMessages) = (4, 40));
        for (var i = 0; i < 35; i++)
        {
            _ = bus.Publish(new Message("one sender", "key " + i, "value"));
        }

        var streams = bus.Status.Streams;
        Assert.Equal([0, 1, 2, 3], streams.Select(stream => stream.Index));
        Assert.Equal([0L, 0L, 0L, 35L], streams.Select(stream => stream.QueueMessages).OrderBy(messages => messages));
        Assert.Equal(35 / 40.0, bus.Status.QueueUsage);
        Assert.Equal((35, 35), (bus.Status.QueueMessages, _counters.ScaleoutSendQueueLength.RawValue));
        Assert.Equal((4, 0, 4), (
            _counters.ScaleoutStreamCountTotal.RawValue,
            _counters.ScaleoutStreamCountOpen.RawValue,
            _counters.ScaleoutStreamCountBuffering.RawValue));
        await Assert.ThrowsAsync<BackplaneQueueFullException>(() => bus.Publish(new Message("one sender", "key", "value")).Bounded());

        for (var i = 0; i < 20; i++)
        {
            _ = bus.Publish(new Message("sender " + i, "key", "value"));
        }

        Assert.True(bus.Status.Streams.Count(stream => stream.QueueMessages > 0) > 1, "Other senders use other streams.");
        Assert.Equal((40L, 1.0), (bus.Status.QueueMessages, bus.Status.QueueUsage));
    }

    [Fact]
    public async Task Publish_WithOneStreamAndAFullQueue_FailsWithoutAWordAboutOtherStreams()
    {
        using var bus = Create(AwayRedis.ConnectAsync, options => options.MaxQueueMessages = 1);
        var message = new Message("source", "key", "value");
        _ = bus.Publish(message);

        var full = await Assert.ThrowsAsync<BackplaneQueueFullException>(() => bus.Publish(message).Bounded());

        Assert.DoesNotContain("the others", full.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Streams_OverAListOfServers_TakeThemInTurn()
    {
        var options = new RedisBackplaneOptions
        {
            AppName = "Chat",
            ConnectionStrings = ["192.0.2.1:1,password=secret", "192.0.2.2:2"],
            StreamCount = 3,
            ShutdownTimeout = TimeSpan.Zero,
        };
        using var bus = new RedisMessageBus(_resolver, options);

        Assert.Equal(["192.0.2.1:1", "192.0.2.2:2", "192.0.2.1:1"], bus.Status.Streams.Select(stream => stream.Endpoints));
    }

    [Fact]
    public void Publish_Null_Throws()
    {
        using var bus = Create(AwayRedis.ConnectAsync);

        var exception = Record.Exception(() =>
        {
            _ = bus.Publish(null!);
        });

        Assert.Equal("message", Assert.IsType<ArgumentNullException>(exception).ParamName);
    }

    [Fact]
    public async Task WhenConnected_Cancelled_EndsTheWaitAlone()
    {
        using var bus = Create(AwayRedis.ConnectAsync);
        using var cancel = new CancellationTokenSource();
        var cancelled = bus.WhenConnectedAsync(cancel.Token);
        var waiting = bus.WhenConnectedAsync();

        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Bounded());
        Assert.False(waiting.IsCompleted);
    }

    [Theory]
    [InlineData(ConnectionOwnership.Owned, 1)]
    [InlineData(ConnectionOwnership.Borrowed, 0)]
    public async Task Dispose_ConnectionOfAFactory_DisposesWhatItOwns(ConnectionOwnership ownership, int disposals)
    {
        var (multiplexer, isUsed) = Connection();
        var bus = Create(_ => Task.FromResult(multiplexer.Object), options => options.ConnectionFactoryOwnership = ownership);
        await isUsed.Bounded();

        bus.Dispose();

        multiplexer.Verify(connection => connection.Dispose(), Times.Exactly(disposals));
    }

    [Fact]
    public async Task Dispose_LiveConnection_LeavesItAlone()
    {
        var (multiplexer, isUsed) = Connection();
        multiplexer.Setup(connection => connection.GetDatabase(-1, null)).Returns(Mock.Of<IDatabase>());
        var options = new RedisBackplaneOptions { AppName = "Chat", Connection = multiplexer.Object };
        var bus = new RedisMessageBus(_resolver, options);
        await isUsed.Bounded();

        bus.Dispose();

        multiplexer.Verify(connection => connection.Dispose(), Times.Never);
        multiplexer.Verify(connection => connection.Close(It.IsAny<bool>()), Times.Never);
    }

    [Fact]
    public async Task Logging_LoggerFactoryOfTheResolver_GetsEventsAndTheTraceSourceDoesNot()
    {
        var logger = new RecordedLogger();
        _resolver.Register(typeof(ILoggerFactory), () => logger);
        var traces = RecordTraces();

        using var bus = Create(_ => throw new InvalidOperationException("no route"));

        await Eventually.BecomesTrueAsync(() => logger.Of(1003).Any(), "the failure is logged");
        Assert.Equal(typeof(RedisMessageBus).FullName, logger.Category);
        Assert.Contains(logger.Of(1003), line => line.Exception is InvalidOperationException);
        Assert.Empty(traces.Events);
    }

    [Fact]
    public async Task Logging_WithoutALogger_GoesToTheTraceSource()
    {
        var traces = RecordTraces();

        using var bus = Create(_ => throw new InvalidOperationException("no route"));

        await Eventually.BecomesTrueAsync(
            () => traces.Events.Any(traced => traced.Id == 1003 && traced.Text.Contains("no route")), "the failure is traced");
    }

    [Fact]
    public async Task Logging_ALoggerThatThrows_DoesNotEndTheAttemptsToConnect()
    {
        var attempts = 0;
        Task<IConnectionMultiplexer> Fail(CancellationToken token)
        {
            Interlocked.Increment(ref attempts);
            throw new InvalidOperationException("no route");
        }

        using var bus = Create(Fail, options => options.LoggerFactory = new RecordedLogger { ThrowsOn = 1003 });

        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref attempts) >= 3, "it is tried again");
    }

    [Fact]
    public async Task Dispose_BeforeTheFirstConnection_TriesToSendWithinTheLimit()
    {
        var asked = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<IConnectionMultiplexer> Connect(CancellationToken token)
        {
            asked.TrySetResult(null);
            return AwayRedis.ConnectAsync(token);
        }

        var bus = Create(Connect, options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        await asked.Task.Bounded();
        var publish = bus.Publish(new Message("source", "key", "value"));
        var watch = Stopwatch.StartNew();

        // The thread that disposes reads the clock: a continuation of this test may have to wait for a thread.
        var disposed = Task.Run(() =>
        {
            bus.Dispose();
            return watch.Elapsed;
        });

        await Assert.ThrowsAsync<BackplaneException>(() => publish.Bounded());
        Assert.InRange(await disposed.Bounded(), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task SendOnly_MessageThatWantsAnAcknowledgement_FailsAtOnce()
    {
        using var bus = Create(AwayRedis.ConnectAsync, options => options.SendOnly = true);

        var exception = await Assert.ThrowsAsync<BackplaneException>(
            () => bus.Publish(new Message("source", "key", "value") { CommandId = "1", WaitForAck = true }).Bounded());

        Assert.Contains("SendOnly", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_ChangedAfterwards_HaveNoEffect()
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", ConnectionFactory = AwayRedis.ConnectAsync };
        using var bus = new RedisMessageBus(_resolver, options);

        options.SendOnly = true;

        Assert.False(bus.Publish(new Message("source", "key", "value") { CommandId = "1", WaitForAck = true }).IsCompleted);
    }

    [Fact]
    public async Task Status_WithoutAConnection_SaysWhyAndHowFullTheQueueIs()
    {
        using var bus = Create(_ => throw new InvalidOperationException("no route"), options => options.MaxQueueMessages = 4);
        Assert.Equal(0, bus.Status.QueueUsage);

        _ = bus.Publish(new Message("source", "key", "value"));

        Assert.Equal(0.25, bus.Status.QueueUsage);
        Assert.Equal(0.25, Assert.Single(bus.Status.Streams).QueueUsage);
        await Eventually.BecomesTrueAsync(() => bus.Status.LastError is not null, "the attempt failed");
        Assert.Contains("no route", bus.Status.LastError, StringComparison.Ordinal);
        Assert.False(bus.Status.IsCatchingUp);
    }

    [Fact]
    public async Task Status_ConnectionThatIsNotSubscribedYet_SaysThatItCatchesUp()
    {
        var (multiplexer, isUsed) = Connection();
        using var bus = Create(_ => Task.FromResult(multiplexer.Object));
        await isUsed.Bounded();

        Assert.Equal((true, false), (bus.Status.IsCatchingUp, bus.Status.IsConnected));
        await Eventually.BecomesTrueAsync(() => bus.Status.LastError == "no route", "the status says why");
        Assert.True(Assert.Single(bus.Status.Streams).IsCatchingUp);
    }

    /// <summary>A connection on which nothing works, and when the bus has it.</summary>
    private static (Mock<IConnectionMultiplexer> Multiplexer, Task IsUsed) Connection()
    {
        var used = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var multiplexer = new Mock<IConnectionMultiplexer>();
        multiplexer.Setup(connection => connection.IsConnected).Returns(true);
        multiplexer.Setup(connection => connection.GetDatabase(0, null)).Returns(() =>
        {
            used.TrySetResult(null);
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, "no route");
        });
        return (multiplexer, used.Task);
    }

    private RecordedTraces RecordTraces()
    {
        var traces = new RecordedTraces();
        var manager = new Mock<ITraceManager>();
        manager.Setup(traced => traced[It.IsAny<string>()]).Returns(new TraceSource("other"));
        manager.Setup(traced => traced["SignalR.RedisMessageBus"]).Returns(traces.Source(SourceLevels.All));
        _resolver.Register(typeof(ITraceManager), () => manager.Object);
        return traces;
    }

    private RedisMessageBus Create(
        Func<CancellationToken, Task<IConnectionMultiplexer>> connect, Action<RedisBackplaneOptions>? configure = null)
    {
        var options = new RedisBackplaneOptions { AppName = "Chat", ConnectionFactory = connect, ShutdownTimeout = TimeSpan.Zero };
        configure?.Invoke(options);
        return new RedisMessageBus(_resolver, options);
    }
}
