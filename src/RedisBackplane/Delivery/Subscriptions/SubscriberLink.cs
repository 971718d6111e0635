using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// Connects a subscriber to its subscription. SignalR's bus does this with topics, which keep messages, a lock and
/// lists for each key. Here the buffers of the streams have these already. Disposing it ends the subscription, once.
/// </summary>
internal sealed class SubscriberLink : IDisposable
{
    private readonly ISubscriber _subscriber;
    private readonly BackplaneSubscription _subscription;
    private int _isDisposed;

    private SubscriberLink(ISubscriber subscriber, BackplaneSubscription subscription)
    {
        _subscriber = subscriber;
        _subscription = subscription;
    }

    /// <summary>Connects the two, and starts the delivery.</summary>
    public static IDisposable Join(ISubscriber subscriber, BackplaneSubscription subscription)
    {
        var link = new SubscriberLink(subscriber, subscription);
        subscriber.Subscription = subscription;
        subscriber.EventKeyAdded += link.Add;
        subscriber.EventKeyRemoved += link.Remove;
        subscriber.WriteCursor = subscription.WriteCursor;

        // A client that takes no more messages disposes the subscription.
        subscription.Disposable = link;
        subscription.Activate();
        return link;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        // Waits for the running callback.
        _subscription.Dispose();
        SayItWasTheLast();
        _subscriber.EventKeyAdded -= Add;
        _subscriber.EventKeyRemoved -= Remove;
        _subscriber.WriteCursor = null;
        for (var i = _subscriber.EventKeys.Count - 1; i >= 0; i--)
        {
            _subscription.RemoveEvent(_subscriber.EventKeys[i]);
        }
    }

    private void SayItWasTheLast()
    {
        try
        {
// As in SignalR's bus: when the subscription is disposed, the client has been notified.
#pragma warning disable VSTHRD002
            _subscription.Invoke(MessageResult.TerminalMessage).Wait();
#pragma warning restore VSTHRD002
        }
// The notification says that the client is gone, which it is.
#pragma warning disable CA1031
        catch (Exception)
        {
        }
#pragma warning restore CA1031
    }

    private void Add(ISubscriber subscriber, string key) => _subscription.AddEvent(key, topic: null);

    private void Remove(ISubscriber subscriber, string key) => _subscription.RemoveEvent(key);
}
