using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// Runs subscriptions on the thread pool, each on one thread at a time. It does the same as SignalR's
/// <c>MessageBroker</c>, with the same protocol of the subscription, so that both may wake one. But it allocates
/// nothing for a subscription that need not wait for its client. Thread-safe.
/// </summary>
/// <param name="pool">Where to work; the thread pool by default.</param>
internal sealed class SubscriptionScheduler(
    IPerformanceCounterManager counters, DeliveryTrace trace, Action<Action>? pool = null)
{
    private volatile bool _isDisposed;

    public void Wake(List<BackplaneSubscription> subscriptions)
    {
        foreach (var subscription in subscriptions)
        {
            Wake(subscription);
        }
    }

    public void Wake(BackplaneSubscription subscription)
    {
        if (_isDisposed || !subscription.SetQueued())
        {
            return;
        }

        if (pool is not null)
        {
            pool(subscription.Execute);
            return;
        }

#if NET
        ThreadPool.UnsafeQueueUserWorkItem(subscription, preferLocal: false);
#else
        ThreadPool.UnsafeQueueUserWorkItem(static state => ((BackplaneSubscription)state).Execute(), subscription);
#endif
    }

    /// <summary>Runs other work in the same place as the subscriptions.</summary>
    public void Run(Action work)
    {
        if (pool is not null)
        {
            pool(work);
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static state => ((Action)state!)(), work);
    }

    public void Dispose() => _isDisposed = true;

    /// <summary>Lets a queued subscription work until nothing is queued for it.</summary>
    public void Work(BackplaneSubscription subscription)
    {
        counters.MessageBusAllocatedWorkers.Increment();
        counters.MessageBusBusyWorkers.Increment();
        do
        {
            Task work;
            try
            {
                work = subscription.Work();
            }
            catch (Exception exception)
            {
                work = Task.FromException(exception);
            }

            if (work.Status != TaskStatus.RanToCompletion)
            {
                _ = FinishAsync(subscription, work);
                return;
            }
        }
        while (subscription.UnsetQueued() && !_isDisposed);

        counters.MessageBusBusyWorkers.Decrement();
        counters.MessageBusAllocatedWorkers.Decrement();
    }

    /// <summary>Does the same for a subscription that waits for its client. It does not block others.</summary>
    private async Task FinishAsync(BackplaneSubscription subscription, Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
            while (subscription.UnsetQueued() && !_isDisposed)
            {
                await subscription.Work().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // A failed callback ends its subscription only, as in SignalR's own bus.
            trace.WorkFailed(exception);
            subscription.Dispose();
        }
        finally
        {
            counters.MessageBusBusyWorkers.Decrement();
            counters.MessageBusAllocatedWorkers.Decrement();
        }
    }
}
