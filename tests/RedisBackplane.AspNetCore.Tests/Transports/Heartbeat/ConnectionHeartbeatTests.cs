using System.Diagnostics;
using Microsoft.AspNet.SignalR.Configuration;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Transports;
using Microsoft.Extensions.Time.Testing;
using RedisBackplane.AspNetCore.Transports.Heartbeat;

namespace RedisBackplane.AspNetCore.Tests.Transports.Heartbeat;

public sealed class ConnectionHeartbeatTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly DefaultConfigurationManager _configuration = new();
    private readonly Counter _current = new();
    private readonly Errors _errors = new();
    private readonly Lazy<ConnectionHeartbeat> _heartbeat;

    public ConnectionHeartbeatTests() => _heartbeat = new Lazy<ConnectionHeartbeat>(() =>
    {
        var trace = new TraceSource("heartbeat", SourceLevels.Error);
        trace.Listeners.Clear();
        trace.Listeners.Add(_errors);
        return new ConnectionHeartbeat(_configuration, _current, trace, _time);
    });

    private ConnectionHeartbeat Heartbeat => _heartbeat.Value;

    private TimeSpan Round => _configuration.KeepAlive ?? (_configuration.DisconnectTimeout / 3);

    private TimeSpan Step => Round / ConnectionRing.Slots;

    public void Dispose()
    {
        Heartbeat.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public void Beat_OfManyConnections_GivesEachOneSignOfLifeAndFewAtATime()
    {
        const int PerSlot = 10;
        var connections = Add(ConnectionRing.Slots * PerSlot);

        for (var step = 1; step <= ConnectionRing.Slots; step++)
        {
            _time.Advance(Step);
            Assert.Equal(step * PerSlot, connections.Sum(connection => connection.KeepAlives));
        }

        Assert.All(connections, connection => Assert.Equal(1, connection.KeepAlives));
    }

    /// <summary>A machine that slept, or a pool without a free thread.</summary>
    [Fact]
    public void Beat_AfterAPauseOfManyRounds_SendsOneSignOfLife()
    {
        var connections = Add(100);

        _time.Advance(Round * 5);

        Assert.All(connections, connection => Assert.Equal(1, connection.KeepAlives));
        _time.Advance(Round);
        Assert.All(connections, connection => Assert.Equal(2, connection.KeepAlives));
    }

    [Fact]
    public void Beat_WithoutKeepAlive_SendsNone()
    {
        _configuration.KeepAlive = null;
        var connections = Add(100);

        _time.Advance(_configuration.DisconnectTimeout);

        Assert.All(connections, connection => Assert.Equal(0, connection.KeepAlives));
    }

    [Fact]
    public void Beat_OfAConnectionThatSupportsNone_SendsNone()
    {
        var connection = new FakeConnection("a") { SupportsKeepAlive = false };
        Heartbeat.AddOrUpdateConnection(connection);

        _time.Advance(Round);

        Assert.Equal(0, connection.KeepAlives);
    }

    [Fact]
    public async Task Beat_OfAClientThatStaysAway_DisconnectsItOnceAfterTheTimeout()
    {
        var connection = new FakeConnection("a");
        Heartbeat.AddOrUpdateConnection(connection);
        Run(Round);
        connection.IsAlive = false;

        Run(_configuration.DisconnectTimeout + connection.DisconnectThreshold - Round);
        Assert.Equal([connection], Heartbeat.GetConnections());
        Run(Round * 2);

        await connection.Disconnected.WaitAsync(Wait.Limit);
        Assert.Empty(Heartbeat.GetConnections());
        Assert.Equal(0, _current.RawValue);
        Run(_configuration.DisconnectTimeout * 2);
        Assert.Equal(["+1", "Added", "-1", "Removed", "Disconnect"], connection.Calls);
    }

    [Fact]
    public void Beat_OfAClientThatCameBackInTime_DoesNotDisconnectIt()
    {
        var first = new FakeConnection("a");
        var second = new FakeConnection("a");
        Heartbeat.AddOrUpdateConnection(first);
        first.IsAlive = false;
        Run(_configuration.DisconnectTimeout);

        var replaced = Heartbeat.AddOrUpdateConnection(second);

        Assert.Same(first, replaced);
        Run(_configuration.DisconnectTimeout * 2);
        Assert.Equal(["+1", "Added", "Replaced", "End", "-1"], first.Calls);
        Assert.Equal(["+1", "Added"], second.Calls);
        Assert.Equal([second], Heartbeat.GetConnections());
        Assert.Equal(1, _current.RawValue);
    }

    /// <summary>A message is a sign of life of a client that polls, until its next poll.</summary>
    [Fact]
    public async Task MarkConnection_OfALiveOne_BeginsItsTimeoutAgain()
    {
        var connection = new FakeConnection("a") { SupportsKeepAlive = false };
        Heartbeat.AddOrUpdateConnection(connection);
        connection.IsAlive = false;
        Run(_configuration.DisconnectTimeout);
        connection.IsAlive = true;
        Heartbeat.MarkConnection(connection);
        connection.IsAlive = false;

        // Has no effect.
        Run(_configuration.DisconnectTimeout);
        Heartbeat.MarkConnection(connection);

        Assert.Equal([connection], Heartbeat.GetConnections());
        Run(Round);
        await connection.Disconnected.WaitAsync(Wait.Limit);
        Assert.Empty(Heartbeat.GetConnections());
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, false, true)]
    public void Beat_AfterTheConnectionTimeout_EndsWhatHasNoOtherEnd(bool hasKeepAlive, bool requiresTimeout, bool ends)
    {
        _configuration.KeepAlive = hasKeepAlive ? _configuration.KeepAlive : null;
        var connection = new FakeConnection("a") { RequiresTimeout = requiresTimeout };
        Heartbeat.AddOrUpdateConnection(connection);
        Run(_configuration.ConnectionTimeout - Step);
        Assert.DoesNotContain("Timeout", connection.Calls);

        Run(_configuration.DisconnectTimeout);

        Assert.Equal(ends, connection.IsTimedOut);
        Assert.Equal(ends ? ["+1", "Added", "Timeout"] : ["+1", "Added"], connection.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Beat_OfAConnectionThatFails_GoesOnWithTheOthers(bool atOnce)
    {
        // Both are in one slot.
        var connections = Add(ConnectionRing.Slots + 1);
        connections[0].OnKeepAlive = () => atOnce
            ? throw new InvalidOperationException("broken")
            : Task.FromException(new InvalidOperationException("broken"));

        Run(Round);

        Assert.All(connections, connection => Assert.Equal(1, connection.KeepAlives));
        Assert.Contains("broken", Assert.Single(_errors.Messages), StringComparison.Ordinal);
    }

    /// <summary>With SignalR's heartbeat, the others would get no signs of life, and reconnect.</summary>
    [Fact]
    public async Task Beat_WhileHubsBlockInOnDisconnected_GoesOn()
    {
        using var mayGo = new ManualResetEventSlim();
        var away = Enumerable.Range(0, Environment.ProcessorCount + 10).Select(i => new FakeConnection($"away {i}")).ToArray();
        foreach (var connection in away)
        {
            connection.OnDisconnect = () => mayGo.Wait(Wait.Limit);
            Heartbeat.AddOrUpdateConnection(connection);
            connection.IsAlive = false;
        }

        var others = Add(100);

        Run(_configuration.DisconnectTimeout * 2);

        Assert.All(others, connection => Assert.Equal(_configuration.DisconnectTimeout * 2 / Round, connection.KeepAlives));
        Assert.Contains(away, connection => !connection.Disconnected.IsCompleted);
        mayGo.Set();
        await Task.WhenAll(away.Select(connection => connection.Disconnected)).WaitAsync(Wait.Limit);
    }

    /// <summary>All threads that disconnect clients are busy when its turn comes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Beat_OfAClientThatReturnsOrLeavesBeforeItIsDisconnected_DoesNotDisconnectIt(bool returns)
    {
        using var mayGo = new ManualResetEventSlim();
        using var isBlocked = new CountdownEvent(Math.Max(2, Environment.ProcessorCount));
        var blocking = Enumerable.Range(0, isBlocked.InitialCount).Select(i => new FakeConnection($"blocking {i}")).ToArray();
        foreach (var connection in blocking)
        {
            connection.OnDisconnect = () =>
            {
                isBlocked.Signal();
                mayGo.Wait(Wait.Limit);
            };
            Heartbeat.AddOrUpdateConnection(connection);
            connection.IsAlive = false;
        }

        Run(_configuration.DisconnectTimeout * 2);
        Assert.True(isBlocked.Wait(Wait.Limit));
        var first = new FakeConnection("a");
        var second = new FakeConnection("a");
        var last = new FakeConnection("last");
        Heartbeat.AddOrUpdateConnection(first);
        first.IsAlive = false;
        Run(_configuration.DisconnectTimeout * 2);
        if (returns)
        {
            Assert.Same(first, Heartbeat.AddOrUpdateConnection(second));
        }
        else
        {
            Heartbeat.RemoveConnection(first);
        }

        Heartbeat.AddOrUpdateConnection(last);
        last.IsAlive = false;
        Run(_configuration.DisconnectTimeout * 2);
        mayGo.Set();

        await Task.WhenAll(blocking.Append(last).Select(connection => connection.Disconnected)).WaitAsync(Wait.Limit);
        Assert.DoesNotContain("Disconnect", first.Calls);
        Assert.Equal(returns ? [second] : [], Heartbeat.GetConnections());
        Assert.Equal(returns ? ["+1", "Added"] : [], second.Calls);
        Assert.Equal(returns ? 1 : 0, _current.RawValue);
    }

    /// <summary>A beat runs on a thread of its own in a host.</summary>
    [Fact]
    public async Task Beat_BesideConnectionsThatComeAndGo_GivesTheOthersTheirSignsOfLife()
    {
        var steady = Add(100);
        var coming = Task.Run(() =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                var connection = new FakeConnection($"coming {i % 7}");
                Heartbeat.AddOrUpdateConnection(connection);
                Heartbeat.RemoveConnection(connection);
            }
        });

        // Whichever thread reads this clock may run the timer. So the beats can be behind it until the others have
        // ended.
        for (var rounds = 0; rounds < 20 || !coming.IsCompleted; rounds++)
        {
            Run(Round);
        }

        await coming;
        Run(Round);
        var before = steady.Select(connection => connection.KeepAlives).ToArray();
        Run(Round);
        Assert.All(before, count => Assert.NotEqual(0, count));
        Assert.Equal(before.Select(count => count + 1), steady.Select(connection => connection.KeepAlives));
        Assert.Empty(_errors.Messages);
        Assert.Equal(steady.Length, Heartbeat.GetConnections().Count);
    }

    [Fact]
    public async Task Beat_OfAConnectionThatFailsToDisconnect_DisconnectsTheOthers()
    {
        var away = Add(20);
        foreach (var connection in away)
        {
            connection.OnDisconnect = () => throw new InvalidOperationException("broken");
            connection.IsAlive = false;
        }

        Run(_configuration.DisconnectTimeout * 2);

        await Task.WhenAll(away.Select(connection => connection.Disconnected)).WaitAsync(Wait.Limit);
        await Eventually.BecomesTrueAsync(() => _errors.Messages.Count == away.Length, "each failure is traced", Wait.Limit);
    }

    /// <summary>In the callback of a timer, an exception would end the process.</summary>
    [Fact]
    public async Task Beat_WithATraceListenerAndACounterThatThrow_GoesOn()
    {
        _errors.Failure = _current.Failure = new InvalidOperationException("broken");
        var connections = Add(10);
        connections[0].OnKeepAlive = () => throw new InvalidOperationException("broken");
        connections[1].IsAlive = false;
        connections[1].OnDisconnect = () => throw new InvalidOperationException("broken");
        connections[2].IsAlive = false;

        Run(_configuration.DisconnectTimeout * 2);

        await Task.WhenAll(connections[1].Disconnected, connections[2].Disconnected).WaitAsync(Wait.Limit);
        Assert.All(connections[3..], connection => Assert.Equal(_configuration.DisconnectTimeout * 2 / Round, connection.KeepAlives));
        Assert.NotEmpty(_errors.Messages);
    }

    [Fact]
    public void Dispose_EndsAllConnections()
    {
        var connections = Add(10);

        Heartbeat.Dispose();

        Assert.All(connections, connection => Assert.Contains("End", connection.Calls));
        _time.Advance(Round);
        Assert.All(connections, connection => Assert.Equal(0, connection.KeepAlives));
    }

    /// <summary>Connections that come, come back and leave in any order.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void AddAndRemove_InAnyOrder_CallsConnectionsAsSignalRDoes(int seed)
    {
        using var resolver = new DefaultDependencyResolver();
        using var stock = new TransportHeartbeat(resolver);
        var random = new Random(seed);
        List<(FakeConnection Ours, FakeConnection Stocks)> all = [];

        for (var i = 0; i < 1000; i++)
        {
            if (all.Count > 0 && random.Next(3) == 0)
            {
                var (ours, stocks) = all[random.Next(all.Count)];
                Heartbeat.RemoveConnection(ours);
                stock.RemoveConnection(stocks);
            }
            else
            {
                var id = random.Next(200).ToString(System.Globalization.CultureInfo.InvariantCulture);
                all.Add((new FakeConnection(id), new FakeConnection(id)));
                var replaced = Heartbeat.AddOrUpdateConnection(all[^1].Ours);
                var replacedByStock = stock.AddOrUpdateConnection(all[^1].Stocks);
                Assert.Equal(all.FindIndex(pair => pair.Ours == replaced), all.FindIndex(pair => pair.Stocks == replacedByStock));
            }
        }

        Assert.All(all, pair => Assert.Equal(pair.Stocks.Calls, pair.Ours.Calls));
        var kept = Heartbeat.GetConnections();
        Assert.Equal(
            stock.GetConnections().Select(connection => connection.ConnectionId).Order(),
            kept.Select(connection => connection.ConnectionId).Order());
        Assert.Equal(kept.Count, _current.RawValue);
        Run(Round);
        Assert.All(all, pair => Assert.Equal(kept.Contains(pair.Ours) ? 1 : 0, pair.Ours.KeepAlives));
    }

    /// <summary>No connection that has left stays in the ring, which would go on visiting it.</summary>
    [Fact]
    public async Task AddAndRemove_AtTheSameTime_LeavesNothing()
    {
        var connections = new System.Collections.Concurrent.ConcurrentBag<FakeConnection>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 20_000; i++)
            {
                var connection = new FakeConnection($"{random.Next(4)}");
                connections.Add(connection);
                Heartbeat.AddOrUpdateConnection(connection);
                Heartbeat.RemoveConnection(connection);
            }
        })));

        var kept = Heartbeat.GetConnections();
        Run(Round);

        Assert.All(connections, connection => Assert.Equal(kept.Contains(connection) ? 1 : 0, connection.KeepAlives));
        Assert.Equal(kept.Count, _current.RawValue);
    }

    private FakeConnection[] Add(int count)
    {
        var connections = Enumerable.Range(0, count).Select(i => new FakeConnection($"{i}")).ToArray();
        Assert.All(connections, connection => Assert.Null(Heartbeat.AddOrUpdateConnection(connection)));
        return connections;
    }

    private void Run(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Step)
        {
            _time.Advance(Step);
        }
    }

    private sealed class FakeConnection(string id) : ITrackingConnection
    {
        private readonly List<string> _calls = [];
        private readonly TaskCompletionSource _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string ConnectionId => id;

        public bool IsAlive { get; set; } = true;

        public bool IsTimedOut { get; private set; }

        public bool SupportsKeepAlive { get; init; } = true;

        public bool RequiresTimeout { get; init; }

        public Func<Task> OnKeepAlive { get; set; } = () => Task.CompletedTask;

        public Action OnDisconnect { get; set; } = () => { };

        public int KeepAlives { get; private set; }

        public Task Disconnected => _disconnected.Task;

        public string[] Calls
        {
            get
            {
                lock (_calls)
                {
                    return [.. _calls];
                }
            }
        }

        public CancellationToken CancellationToken => CancellationToken.None;

        public Task ConnectTask => Task.CompletedTask;

        public TimeSpan DisconnectThreshold => TimeSpan.FromSeconds(5);

        public Uri Url => new("http://localhost/");

        public void ApplyState(TransportConnectionStates states) => Note(states.ToString());

        public Task Disconnect()
        {
            Note("Disconnect");
            try
            {
                OnDisconnect();
            }
            finally
            {
                _disconnected.SetResult();
            }

            return Task.CompletedTask;
        }

        public void Timeout()
        {
            Note("Timeout");
            IsTimedOut = true;
        }

        public Task KeepAlive()
        {
            KeepAlives++;
            return OnKeepAlive();
        }

        public void End() => Note("End");

        public void Dispose()
        {
        }

        public void IncrementConnectionsCount() => Note("+1");

        public void DecrementConnectionsCount() => Note("-1");

        private void Note(string call)
        {
            lock (_calls)
            {
                _calls.Add(call);
            }
        }
    }

    private sealed class Counter : IPerformanceCounter
    {
        public string CounterName => "current";

        public Exception? Failure { get; set; }

        public long RawValue
        {
            get;
            set => field = Failure is null ? value : throw Failure;
        }

        public long Decrement() => throw new NotSupportedException();

        public long Increment() => throw new NotSupportedException();

        public long IncrementBy(long value) => throw new NotSupportedException();

        public CounterSample NextSample() => throw new NotSupportedException();

        public void Close()
        {
        }

        public void RemoveInstance()
        {
        }
    }

    private sealed class Errors : TraceListener
    {
        private readonly List<string> _messages = [];

        public Exception? Failure { get; set; }

        public IReadOnlyList<string> Messages
        {
            get
            {
                lock (_messages)
                {
                    return [.. _messages];
                }
            }
        }

        public override void TraceEvent(TraceEventCache? eventCache, string source, TraceEventType eventType, int id, string? message)
        {
            lock (_messages)
            {
                _messages.Add(message!);
            }

            if (Failure is not null)
            {
                throw Failure;
            }
        }

        public override void Write(string? message)
        {
        }

        public override void WriteLine(string? message)
        {
        }
    }
}
