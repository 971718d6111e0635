using System.Buffers.Binary;
using Microsoft.AspNet.SignalR.Infrastructure;
using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.AspNet.SignalR.Tracing;
using RedisBackplane.Delivery;
using RedisBackplane.Simulation.Client;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;
using RedisBackplane.Streams;
using RedisBackplane.Telemetry;

namespace RedisBackplane.Simulation.Farm;

/// <summary>One server of the farm: the whole library, from publish to subscription, on modelled connections.</summary>
internal sealed class FarmServer : IDisposable
{
    private static readonly IPerformanceCounterManager SignalRCounters = IdleCounters.Create();
    private static readonly TraceManager Traces = new();
    private readonly Schedule _schedule;
    private readonly Timeline _timeline;
    private readonly BusMetrics _metrics = new("farm", static () => 0);
    private readonly List<SentMessage> _pending = [];

    public FarmServer(
        int index,
        Schedule schedule,
        Timeline timeline,
        RunStatistics statistics,
        IReadOnlyList<RedisNode> nodes,
        Scenario scenario,
        int streams)
    {
        Index = index;
        (_schedule, _timeline) = (schedule, timeline);
        StartedAt = schedule.Now;
        Actor = new Actor("server" + index);
        Clock = new ServerClock(schedule, Actor);
        Logger = new FarmLogger(Actor.Name, schedule, timeline, statistics);
        Calls = new NetworkPath(schedule);
        Channel = new NetworkPath(schedule);
        Options = new RedisBackplaneOptions
        {
            AppName = "farm",
            StreamCount = streams,
            HistoryMaxBytes = scenario.HistoryBytes,
            MaxCallsInFlight = scenario.MaxCallsInFlight,
            MaxBatchMessages = scenario.MaxBatchMessages,
            PublishTimeout = scenario.PublishTimeout,
            MaxLogMessages = scenario.MaxLogMessages,
            WaitForReplicas = scenario.WaitForReplicas,
            ShardedPubSub = scenario.IsPlain ? ShardedPubSub.Off : ShardedPubSub.Auto,
        };
        var environment = new ClientEnvironment(
            schedule, timeline, statistics, Actor, nodes, Calls, Channel, Options.LivenessTimeout * 2 / 3);
        if (scenario.HasFactories)
        {
            Options.ConnectionFactory = _ => ModelMultiplexer.ConnectAsync(environment);
        }
        else
        {
            Options.ConnectionString = string.Join(',', nodes.Select(static node => node.Name));
        }

        Delivery = new MessageDelivery(
            new DeliveryContext("farm", SignalRCounters, Traces, Logger, Clock, QueueDelivery), streams, DeliveryLimits.From(Options));
        Streams = new BackplaneStreams(
            Options,
            Delivery,
            SignalRCounters,
            _metrics,
            Logger,
            Clock,
            (configuration, _) => ModelMultiplexer.ConnectAsync(environment.Of(configuration)));
        Streams.Lost += OnLost;
        Streams.OpenChanged += _ => OpenedAt ??= Streams.AreOpen ? _schedule.Now : null;
        Streams.Start();
    }

    public int Index { get; }

    public Actor Actor { get; }

    public ServerClock Clock { get; }

    public FarmLogger Logger { get; }

    public NetworkPath Calls { get; }

    public NetworkPath Channel { get; }

    public RedisBackplaneOptions Options { get; }

    public MessageDelivery Delivery { get; }

    public BackplaneStreams Streams { get; }

    public long StartedAt { get; }

    /// <summary>The time at which messages went out and came in for the first time.</summary>
    public long? OpenedAt { get; private set; }

    /// <summary>How long it has been paused in total.</summary>
    public long Paused { get; private set; }

    /// <summary>What it reported as lost: the stream, and the ids above the first one up to the second one.</summary>
    public List<(int Stream, ulong After, ulong UpTo)> Lost { get; } = [];

    public SentMessage Send(int number, string key, int size, string source)
    {
        var value = new byte[Math.Max(sizeof(int), size)];
        BinaryPrimitives.WriteInt32LittleEndian(value, number);
        var message = new SentMessage
        {
            Number = number,
            Server = this,
            Stream = StreamChoice.Of(source, Options.StreamCount),
            Key = key,
            SentAt = _schedule.Now,
            Task = Streams.Publish(new Message(source, key, new ArraySegment<byte>(value))),
        };
        _pending.Add(message);
        _timeline.Note(Happening.Published, number);
        if (_timeline.IsKept)
        {
            _timeline.Write(Actor.Name, $"publishes {number} to {key}");
        }

        return message;
    }

    /// <summary>Records the tasks that have ended.</summary>
    public void LookAtTasks()
    {
        for (var i = 0; i < _pending.Count; i++)
        {
            var message = _pending[i];
            if (!message.Task.IsCompleted)
            {
                continue;
            }

            message.EndedAt = _schedule.Now;
            _timeline.Note(message.IsAcknowledged ? Happening.Acknowledged : Happening.Failed, message.Number);
            if (_timeline.IsKept)
            {
                _timeline.Write(Actor.Name, message.IsAcknowledged
                    ? $"acknowledged {message.Number}"
                    : $"failed {message.Number}: {message.Task.Exception!.GetBaseException().Message}");
            }

            _pending.RemoveAt(i--);
        }
    }

    public bool HasPending => _pending.Count > 0;

    /// <summary>The first message whose task has not ended.</summary>
    public SentMessage? OldestPending => _pending.Count > 0 ? _pending[0] : null;

    public void Pause(long ticks)
    {
        Actor.Pause();
        Paused += ticks;
        _schedule.At(_schedule.Now + ticks, Actor.Resume);
    }

    public void Kill()
    {
        Actor.Kill();
        _pending.Clear();
    }

    /// <summary>Ends everything that would outlive the run.</summary>
    public void Dispose()
    {
        Actor.Kill();
        _metrics.Dispose();
    }

    /// <summary>The time until which subscriptions get no thread.</summary>
    public long BusyUntil { get; set; }

    private void QueueDelivery(Action work)
    {
        if (BusyUntil > _schedule.Now)
        {
            _schedule.At(BusyUntil, work, Actor);
        }
        else
        {
            Clock.Queue(work);
        }
    }

    private void OnLost(int stream, ulong after, ulong upTo)
    {
        Lost.Add((stream, after, upTo));
        _timeline.Note(Happening.Lost, Index, (long)after, (long)upTo);
    }
}
