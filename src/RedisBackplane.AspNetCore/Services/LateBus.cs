using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// The bus of a resolver that is still being composed. Code that takes it early (a hub context, a pipeline module) must
/// finally use the bus that the application chooses later. So this bus keeps subscriptions and messages until then, and
/// then passes everything on. Thread-safe.
/// </summary>
internal sealed class LateBus : IMessageBus, IDisposable
{
    // As many as SignalR's own bus keeps for a key. Nobody is connected yet: more is a fault of the application.
    private const int MostMessages = 1000;

    private readonly Lock _gate = new();
    private readonly List<Action<IMessageBus>> _waiting = [];
    private int _messages;
    private IMessageBus? _bus;
    private Func<IMessageBus>? _source;

    /// <summary>This bus, as a registration that <see cref="Registrations.IsFrom"/> recognises.</summary>
    public object Self() => this;

    /// <summary>Ends the wait. The bus is created when it is first needed, which is now if something waits.</summary>
    public void Bind(Func<IMessageBus> source)
    {
        lock (_gate)
        {
            _source = source;
            if (_waiting.Count > 0)
            {
                Connect();
            }
        }
    }

    /// <summary>
    /// Disposes the bus. A resolver disposes its services in the order of their creation, and SignalR's own subscriber
    /// cannot leave a bus that still runs.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            (_bus as IDisposable)?.Dispose();
        }
    }

    public Task Publish(Message message)
    {
        lock (_gate)
        {
            if (_source is null)
            {
                return Keep(message);
            }
        }

        return Connect().Publish(message);
    }

    public IDisposable Subscribe(
        ISubscriber subscriber, string cursor, Func<MessageResult, object, Task<bool>> callback, int maxMessages, object state)
    {
        lock (_gate)
        {
            if (_source is null)
            {
                var subscription = new LateSubscription();
                _waiting.Add(bus => subscription.Begin(() => bus.Subscribe(subscriber, cursor, callback, maxMessages, state)));
                return subscription;
            }
        }

        return Connect().Subscribe(subscriber, cursor, callback, maxMessages, state);
    }

    private Task Keep(Message message)
    {
        if (++_messages > MostMessages)
        {
            return Task.FromException(new InvalidOperationException(
                $"More than {MostMessages} messages were sent before MapClassicSignalR, when no client can be connected."));
        }

        // The caller, at start-up, must not wait for code that runs after it.
        _waiting.Add(bus => _ = bus.Publish(message));
        return Task.CompletedTask;
    }

    private IMessageBus Connect()
    {
        lock (_gate)
        {
            if (_bus is null)
            {
                _bus = _source!();
                _waiting.ForEach(action => action(_bus));
                _waiting.Clear();
            }

            return _bus;
        }
    }

    private sealed class LateSubscription : IDisposable
    {
        private readonly Lock _gate = new();
        private IDisposable? _subscription;
        private bool _isDisposed;

        public void Begin(Func<IDisposable> subscribe)
        {
            lock (_gate)
            {
                if (!_isDisposed)
                {
                    _subscription = subscribe();
                }
            }
        }

        public void Dispose()
        {
            IDisposable? subscription;
            lock (_gate)
            {
                _isDisposed = true;
                subscription = _subscription;
            }

            subscription?.Dispose();
        }
    }
}
