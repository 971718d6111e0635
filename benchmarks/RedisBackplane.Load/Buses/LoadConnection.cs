using Microsoft.AspNet.SignalR.Messaging;
using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Buses;

/// <summary>
/// A local connection, as the message bus sees it. SignalR's work after that, such as serialising to the client's
/// transport, is left out.
/// </summary>
internal sealed class LoadConnection : ISubscriber
{
    private static readonly Task<bool> GoOn = Task.FromResult(true);

    private readonly DeliveryTracker _tracker;

    public LoadConnection(string identity, IList<string> eventKeys, DeliveryTracker tracker)
    {
        Identity = identity;
        EventKeys = eventKeys;
        _tracker = tracker;
    }

    // Its keys never change.
    public event Action<ISubscriber, string>? EventKeyAdded
    {
        add { }
        remove { }
    }

    public event Action<ISubscriber, string>? EventKeyRemoved
    {
        add { }
        remove { }
    }

    public IList<string> EventKeys { get; }

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; }

    public Subscription? Subscription { get; set; }

    public Task<bool> OnMessages(MessageResult result, object state)
    {
        _tracker.BeginDelivery();
        var segments = result.Messages;
        for (var i = 0; i < segments.Count; i++)
        {
            foreach (var message in segments[i].AsSpan())
            {
                _tracker.Record(message.Value);
            }
        }

        return GoOn;
    }
}
