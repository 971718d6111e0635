using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNet.SignalR;
using Microsoft.AspNet.SignalR.Tracing;
using Microsoft.Extensions.Logging;

namespace RedisBackplane.IntegrationTests.Faults;

/// <summary>All that the application passes in throws at random, in an outage too. The bus loses nothing.</summary>
public sealed class BrokenApplicationTests : ProxiedRedisTest
{
    // Often enough that each part throws many times in a run, and rarely enough that the run succeeds in the end.
    private const double Chance = 0.4;

    [RedisProcessTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Bus_AllThatTheApplicationGaveThrowsAtChance_SendsAndReceivesAll(int seed)
    {
        var broken = new BrokenParts(seed);
        using var meters = broken.ListenToMeters(AppName);
        using var activities = broken.ListenToActivities(AppName);
        using var server = Create(options =>
        {
            options.LoggerFactory = broken;
            options.CredentialsProvider = _ => broken.Gives(new RedisCredentials("default", "any"));
            options.LivenessTimeout = TimeSpan.FromSeconds(1);
        });
        broken.Trace(server.Resolver.Resolve<ITraceManager>());
        server.Bus.StatusChanged += (_, _) => broken.MayThrow();
        server.Bus.MessagesLost += (_, _) => broken.MayThrow();
        await server.ConnectedAsync();
        using var subscriber = server.Subscribe("key");

        await PublishAsync(server, 0, 50);
        await subscriber.WaitUntilAsync("49");
        Cut();
        var waiting = PublishAsync(server, 50, 60);
        await Eventually.BecomesTrueAsync(() => !server.Bus.Status.IsConnected, "the outage is noticed");
        Proxy.AcceptNew();
        await Eventually.CompletesAsync(waiting, "what waited is stored");
        using var administrator = await ConnectionMultiplexer.ConnectAsync(Redis.EndPoint + ",allowAdmin=true");
        await administrator.GetServers()[0].FlushAllDatabasesAsync();
        await PublishAsync(server, 60, 100);
        await subscriber.WaitUntilAsync("99");

        Assert.Equal(Enumerable.Range(0, 100).Select(i => i.ToString(CultureInfo.InvariantCulture)), subscriber.Values);
        Assert.InRange(broken.Thrown, 20, int.MaxValue);
        var watch = Stopwatch.StartNew();
        server.Dispose();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static async Task PublishAsync(TestServer server, int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            await server.PublishAsync("key", i.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Parts of an application that throw at random. A seed decides when. Thread-safe.</summary>
    private sealed class BrokenParts(int seed) : TraceListener, ILogger, ILoggerFactory
    {
        private readonly Random _random = new(seed);
        private int _thrown;

        public int Thrown => Volatile.Read(ref _thrown);

        public override bool IsThreadSafe => true;

        public void MayThrow()
        {
            lock (_random)
            {
                if (_random.NextDouble() >= Chance)
                {
                    return;
                }
            }

            Interlocked.Increment(ref _thrown);
            throw new InvalidOperationException("The application is broken.");
        }

        public Task<T> Gives<T>(T value)
        {
            MayThrow();
            return Task.FromResult(value);
        }

        public void Trace(ITraceManager traces)
        {
            traces.Switch.Level = SourceLevels.All;
            foreach (var name in new[] { "RedisMessageBus", "ScaleoutMessageBus", "ScaleoutSubscription" })
            {
                traces["SignalR." + name].Listeners.Clear();
                traces["SignalR." + name].Listeners.Add(this);
            }
        }

        // The listeners belong to the whole process, and other tests run in it.
        public MeterListener ListenToMeters(string appName)
        {
            var listener = new MeterListener
            {
                InstrumentPublished = static (instrument, own) =>
                {
                    if (instrument.Meter.Name == BackplaneTelemetry.MeterName)
                    {
                        own.EnableMeasurementEvents(instrument);
                    }
                },
            };
            listener.SetMeasurementEventCallback<double>((_, _, tags, _) => MayThrowFor(appName, tags));
            listener.SetMeasurementEventCallback<long>((_, _, tags, _) => MayThrowFor(appName, tags));
            listener.Start();
            return listener;
        }

        public ActivityListener ListenToActivities(string appName)
        {
            var listener = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == BackplaneTelemetry.ActivitySourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStarted = activity => MayThrowFor(appName, activity),
                ActivityStopped = activity => MayThrowFor(appName, activity),
            };
            ActivitySource.AddActivityListener(listener);
            return listener;
        }

        private void MayThrowFor(string appName, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (appName.Equals(tag.Value))
                {
                    MayThrow();
                }
            }
        }

        private void MayThrowFor(string appName, Activity activity)
        {
            if (activity.OperationName.EndsWith(appName, StringComparison.Ordinal))
            {
                MayThrow();
            }
        }

        public override void Write(string? message) => MayThrow();

        public override void WriteLine(string? message) => MayThrow();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel)
        {
            MayThrow();
            return logLevel != LogLevel.None;
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            MayThrow();

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("It only throws.");
    }
}
