using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;
using Moq;
using Newtonsoft.Json;
using RedisBackplane.Tests.Delivery;

namespace RedisBackplane.Tests.Telemetry;

/// <summary>Something that the application passed in throws. The library goes on, and reports it once.</summary>
public sealed class BrokenApplicationTests
{
    private const int LoggerFailed = 1010;
    private const int ListenerFailed = 1011;

    [Fact]
    public void Logger_ThrowsAtAnyCallOfAnyEvent_ReachesNobodyAndIsToldOnceToTheTraceSource()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var traces = new RecordedTraces();
            var broken = new BrokenLogger(() => random.Next(4) == 0);
            var logger = new TraceSourceLogger("Chat", traces.Source(SourceLevels.All), broken);

            foreach (var found in LogEvents.All.Where(found => found.Event.EventId != LoggerFailed).OrderBy(_ => random.Next()))
            {
                Call(found.Room, found.Name, logger);
                _ = logger.BeginScope("scope");
            }

            Assert.True(broken.Thrown > 0, $"seed {seed}");
            Assert.True(traces.Events.Count(traced => traced.Id == LoggerFailed) == 1, $"seed {seed}");
        }
    }

    [Fact]
    public void Logger_ThrowsAtOneEvent_NeverHidesTheEventFromTheTraceSource()
    {
        foreach (var found in LogEvents.All)
        {
            var traces = new RecordedTraces();
            var logger = new TraceSourceLogger("Chat", traces.Source(SourceLevels.All), new BrokenLogger(() => true));

            Call(found.Room, found.Name, logger);

            Assert.Contains(traces.Events, traced => traced.Id == found.Event.EventId);
        }
    }

    [Fact]
    public void TraceListener_Throws_MessagesAreDeliveredAndItIsToldOnce()
    {
        var broken = new BrokenListener();
        var traces = new TraceManager();
        traces.Switch.Level = SourceLevels.All;
        foreach (var name in new[] { "SignalR.ScaleoutMessageBus", "SignalR.ScaleoutSubscription", "SignalR.MessageBus" })
        {
            traces[name].Listeners.Clear();
            traces[name].Listeners.Add(broken);
        }

        var logger = new RecordedLogger();
        using var harness = new DeliveryHarness(logger: logger, traces: traces);
        var failing = new TestClient("failing", "a") { Answer = static () => throw new InvalidOperationException("The client is broken.") };
        harness.Subscribe(failing, null);
        var client = harness.Connect(null, "a");

        harness.AppendAndRun(TestFrames.WithKeys(1, "a", "a"));

        Assert.Equal([1, 2], client.Ids);
        Assert.InRange(broken.Asked, 3, int.MaxValue);
        Assert.Single(logger.Of(LoggerFailed));
    }

    [Fact]
    public void ExceptionOfTheApplication_ThatCannotBeWritten_ReachesNobody()
    {
        var traces = new RecordedTraces();
        var logger = new TraceSourceLogger("Chat", traces.Source(SourceLevels.All), next: null);

        logger.Log(LogLevel.Error, new EventId(7), "state", new UnspeakableException(), (state, _) => state);

        Assert.Equal([LoggerFailed], traces.Events.Select(traced => traced.Id));
    }

    [Fact]
    public void LoggerFactory_Throws_TheBusLivesAndTellsTheTraceSource()
    {
        var traces = new RecordedTraces();
        var manager = new TraceManager();
        manager.Switch.Level = SourceLevels.Error;
        manager["SignalR.RedisMessageBus"].Listeners.Add(traces);
        using var resolver = new DefaultDependencyResolver();
        resolver.Register(typeof(ITraceManager), () => manager);

        using var bus = Create(resolver, options => options.LoggerFactory = new BrokenLogger(() => true));

        Assert.False(bus.Status.IsConnected);
        Assert.Contains(traces.Events, traced => traced.Id == LoggerFailed);
    }

    [Fact]
    public void Serializer_Throws_TheMessageIsSentLikeAnyOther()
    {
        using var resolver = new DefaultDependencyResolver();
        resolver.Register(typeof(JsonSerializer), () => throw new InvalidOperationException("The serializer is broken."));
        using var bus = Create(resolver);

        var publish = bus.Publish(new Message("source", "key", "{}") { CommandId = "1" });

        Assert.False(publish.IsCompleted);
        Assert.Equal(1, bus.Status.QueueMessages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PerformanceCounters_Throw_TheBusLivesAndTellsOnce(bool areFound)
    {
        // A strict mock throws whatever is called.
        var counters = new Mock<IPerformanceCounterManager>(MockBehavior.Strict);
        var counter = new Mock<IPerformanceCounter>(MockBehavior.Strict);
        if (areFound)
        {
            foreach (var property in typeof(IPerformanceCounterManager).GetProperties())
            {
                var all = Expression.Parameter(typeof(IPerformanceCounterManager));
                counters.Setup(Expression.Lambda<Func<IPerformanceCounterManager, IPerformanceCounter>>(
                    Expression.Property(all, property), all)).Returns(counter.Object);
            }
        }

        var logger = new RecordedLogger();
        using var resolver = new DefaultDependencyResolver();
        resolver.Register(typeof(IPerformanceCounterManager), () => counters.Object);
        using var bus = Create(resolver, options => options.LoggerFactory = logger);

        var publish = bus.Publish(new Message("source", "key", "value"));
        var client = new TestClient("client", "key");
        var subscription = bus.Subscribe(client, null!, client.Callback, 10, null!);

        Assert.Equal(1, bus.Status.QueueMessages);
        subscription.Dispose();
        bus.Dispose();
        await Assert.ThrowsAsync<BackplaneException>(() => publish).Bounded();
        Assert.Single(logger.Of(ListenerFailed));
        Assert.Equal(areFound, counter.Invocations.Count > 0);
    }

    [Fact]
    public void MeterListener_ThrowsAtAnInstrument_TheOthersAreMadeAndNobodyFails()
    {
        using var meter = new Meter("broken-" + Guid.NewGuid().ToString("N"));
        var made = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter == meter)
                {
                    made.Add(instrument.Name);
                    throw new InvalidOperationException("The listener is broken.");
                }
            },
        };
        listener.Start();
        var guard = new ListenerGuard();
        var set = new ObservableSet<string>(meter, () => ["one"], _ => [], guard);

        set.Counter("counter", "1", "text", _ => 1L);
        set.UpDownCounter("updown", "1", "text", _ => 1L);
        set.Gauge("gauge", "1", "text", _ => 1.0);

        Assert.Equal(["counter", "updown", "gauge"], made);
        Assert.Equal("The listener is broken.", guard.Failure!.Message);
    }

    [Fact]
    public void ActivityListener_ThrowsAtASource_GivesNone()
    {
        var name = "broken-" + Guid.NewGuid().ToString("N");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == name ? throw new InvalidOperationException("The listener is broken.") : false,
        };
        ActivitySource.AddActivityListener(listener);

        Assert.Null(new ListenerGuard().Make(() => new ActivitySource(name)));
    }

    private static RedisMessageBus Create(IDependencyResolver resolver, Action<RedisBackplaneOptions>? configure = null)
    {
        var options = new RedisBackplaneOptions
        {
            AppName = "Chat",
            ConnectionFactory = AwayRedis.ConnectAsync,
            ShutdownTimeout = TimeSpan.Zero,
        };
        configure?.Invoke(options);
        return new RedisMessageBus(resolver, options);
    }

    private static void Call(Type room, string name, ILogger logger)
    {
        var method = room.GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
        _ = method.Invoke(null, [.. method.GetParameters().Select(parameter => ValueOf(parameter.ParameterType, logger))]);
    }

    private static object? ValueOf(Type type, ILogger logger) =>
        type == typeof(ILogger) ? logger
        : type == typeof(string) ? "text"
        : type == typeof(Exception) ? new InvalidOperationException("reason")
        : type.IsValueType ? Activator.CreateInstance(type)
        : null;

    private sealed class UnspeakableException : Exception
    {
        public override string ToString() => throw new InvalidOperationException("It cannot be written.");
    }
}
