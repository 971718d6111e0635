using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// Connects a subscriber to its subscription. SignalR's bus does this with topics, which keep messages, a lock and
/// lists for each key. Here the buffers of the streams have these already. Disposing it ends the subscription, once.
/// </summary>
internal sealed class SubscriberLink(ISubscriber subscriber, BackplaneSubscription subscription) : IDisposable
{
    private int _isDisposed;

    /// <summary>Connects the two, and starts the delivery.</summary>
    public static IDisposable Join(ISubscriber subscriber, BackplaneSubscription subscription)
    {
        var link = new SubscriberLink(subscriber, subscription);
        subscriber.Subscription = subscription;
        subscriber.EventKeyAdded += Add;
        subscriber.EventKeyRemoved += Remove;
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
        subscription.Dispose();
        SayItWasTheLast();
        subscriber.EventKeyAdded -= Add;
        subscriber.EventKeyRemoved -= Remove;
        subscriber.WriteCursor = null;
        for (var i = subscriber.EventKeys.Count - 1; i >= 0; i--)
        {
            subscription.RemoveEvent(subscriber.EventKeys[i]);
        }
    }

    private void SayItWasTheLast()
    {
        try
        {
// As in SignalR's bus: when the subscription is disposed, the client has been notified.
#pragma warning disable VSTHRD002
            subscription.Invoke(MessageResult.TerminalMessage).Wait();
#pragma warning restore VSTHRD002
        }
// The notification says that the client is gone, which it is.
#pragma warning disable CA1031
        catch (Exception)
        {
        }
#pragma warning restore CA1031
    }

    // Static, so that all subscribers share one delegate.
    private static void Add(ISubscriber subscriber, string key) => subscriber.Subscription.AddEvent(key, topic: null);

    private static void Remove(ISubscriber subscriber, string key) => subscriber.Subscription.RemoveEvent(key);
}
