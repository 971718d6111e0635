using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Delivery.Subscriptions;
using RedisBackplane.Simulation.Redis;
using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Farm;

/// <summary>
/// A client of the farm. It follows its keys on one server, and may move to another with its cursor, as a SignalR
/// client does after it lost its connection.
/// </summary>
internal sealed class FarmClient(int index, Schedule schedule, Timeline timeline, RunStatistics statistics, IReadOnlyList<string> keys)
    : ISubscriber
{
    private static readonly string[] StateNames = [.. Enum.GetNames<PositionState>().Select(static name => "position " + name)];
    private static readonly Topic Topic = new(32, TimeSpan.FromMinutes(1));

    public event Action<ISubscriber, string>? EventKeyAdded;

    public event Action<ISubscriber, string>? EventKeyRemoved;

    public IList<string> EventKeys { get; private set; } = [.. keys];

    public IReadOnlyList<string> Keys => keys;

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; } = "client" + index;

    public Subscription Subscription { get; set; } = null!;

    /// <summary>The server that it is connected to; null while it moves.</summary>
    public FarmServer? Server { get; private set; }

    /// <summary>All servers that it has been connected to.</summary>
    public List<FarmServer> Servers { get; } = [];

    /// <summary>The client must receive what is sent from this time on.</summary>
    public long Since { get; private set; }

    /// <summary>Whether it has moved from one server to another with its cursor.</summary>
    public bool HasMoved { get; private set; }

    public string? Cursor { get; private set; }

    /// <summary>The messages that it received, in order.</summary>
    public List<(int Stream, ulong Id, int Number)> Received { get; } = [];

    public void Connect(FarmServer server)
    {
        (Server, Since) = (server, Cursor is null ? schedule.Now : Since);
        HasMoved |= Cursor is not null;
        Servers.Add(server);
        EventKeys = [.. keys];
        var subscription = server.Delivery.CreateSubscription(this, Cursor, Take, 10, null);
        Subscription = subscription;
        foreach (var key in keys)
        {
            Subscription.SetEventTopic(key, Topic);
        }

        WriteCursor = Subscription.WriteCursor;
        subscription.Activate();
        timeline.Note(Happening.Moved, index, server.Index);
        if (timeline.IsKept)
        {
            timeline.Write(Identity, $"connects to {server.Actor.Name} with cursor {Cursor}");
        }

        Sample();
    }

    /// <summary>Leaves or loses its server. It keeps the last batch's cursor, or the one returned at the end.</summary>
    public void Disconnect()
    {
        if (Server is not { Actor.IsDead: false })
        {
            Server = null;
            return;
        }

        Sample();
        Subscription.Dispose();
        ReadCursor();
        foreach (var key in EventKeys.ToArray())
        {
            Subscription.RemoveEvent(key);
        }

        Server = null;
    }

    /// <summary>Counts the states of its positions.</summary>
    public void Sample()
    {
        foreach (var position in PositionsOf((BackplaneSubscription)Subscription))
        {
            statistics.Count(StateNames[(int)position.State]);
        }
    }

    /// <summary>Raises the events of a group change.</summary>
    public void Change(string key, bool isAdded) => (isAdded ? EventKeyAdded : EventKeyRemoved)?.Invoke(this, key);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_positions")]
    private static extern ref SubscriptionPosition[] PositionsOf(BackplaneSubscription subscription);

    private Task<bool> Take(MessageResult result, object? state)
    {
        foreach (var segment in result.Messages)
        {
            foreach (var message in segment)
            {
                var number = BinaryPrimitives.ReadInt32LittleEndian(message.Value.AsSpan());
                Received.Add((message.StreamIndex, message.MappingId, number));
                timeline.Note(Happening.Received, index, number, (long)message.MappingId);
                if (timeline.IsKept)
                {
                    timeline.Write(Identity, $"receives {number} under id {message.MappingId} of stream {message.StreamIndex}");
                }
            }
        }

        ReadCursor();
        Sample();
        return Task.FromResult(true);
    }

    private void ReadCursor()
    {
        var text = new StringWriter();
        Subscription.WriteCursor(text);
        Cursor = text.ToString();
    }
}
