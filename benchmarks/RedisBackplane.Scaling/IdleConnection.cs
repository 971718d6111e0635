using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Scaling;

/// <summary>A client's connection for the bus: keys, and a callback that counts.</summary>
internal sealed class IdleConnection : ISubscriber, IDisposable
{
    private readonly IDisposable _subscription;
    private readonly Action<int>? _onMessages;

    public IdleConnection(IMessageBus bus, IEnumerable<string> keys, Action<int>? onMessages = null)
    {
        EventKeys = [.. keys];
        _onMessages = onMessages;
        _subscription = bus.Subscribe(this, null, OnMessages, 10, null);
    }

    // The keys never change.
    event Action<ISubscriber, string>? ISubscriber.EventKeyAdded
    {
        add { }
        remove { }
    }

    event Action<ISubscriber, string>? ISubscriber.EventKeyRemoved
    {
        add { }
        remove { }
    }

    public IList<string> EventKeys { get; }

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; } = Guid.NewGuid().ToString();

    public Subscription? Subscription { get; set; }

    public void Dispose() => _subscription.Dispose();

    private Task<bool> OnMessages(MessageResult result, object? state)
    {
        _onMessages?.Invoke(result.TotalCount);
        return Task.FromResult(!result.Terminal);
    }
}
