using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// Ties a subscriber to its subscription, as SignalR's bus does, but without topics: these keep messages, a lock and
/// lists for each key, which the buffers of the streams have anyway. Disposed once, it ends the subscription.
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

    /// <summary>Ties both together and lets the subscription deliver.</summary>
    public static IDisposable Join(ISubscriber subscriber, BackplaneSubscription subscription)
    {
        var link = new SubscriberLink(subscriber, subscription);
        subscriber.Subscription = subscription;
        subscriber.EventKeyAdded += link.Add;
        subscriber.EventKeyRemoved += link.Remove;
        subscriber.WriteCursor = subscription.WriteCursor;

        // A client that takes no more disposes the subscription.
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

        // Waits for the callback that is under way.
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
// As in SignalR's bus: whoever disposes a subscription finds the client told.
#pragma warning disable VSTHRD002
            _subscription.Invoke(MessageResult.TerminalMessage).Wait();
#pragma warning restore VSTHRD002
        }
// The client is gone, which is what it would be told.
#pragma warning disable CA1031
        catch (Exception)
        {
        }
#pragma warning restore CA1031
    }

    private void Add(ISubscriber subscriber, string key) => _subscription.AddEvent(key, topic: null);

    private void Remove(ISubscriber subscriber, string key) => _subscription.RemoveEvent(key);
}
