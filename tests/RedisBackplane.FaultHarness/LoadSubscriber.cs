using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.FaultHarness;

/// <summary>Subscribes to the load like one of SignalR's connections, and records what it receives.</summary>
public sealed class LoadSubscriber : ISubscriber, IDisposable
{
    // The same number as SignalR's own connections.
    private const int MaxMessages = 5000;

    private readonly Action<int, int, long> _delivered;
    private readonly IDisposable _subscription;

    /// <summary>Starts to listen.</summary>
    /// <param name="delivered">Receives publisher, number and time of each delivery, one at a time.</param>
    /// <param name="cursor">Its cursor from another server; null for new messages only.</param>
    public LoadSubscriber(IMessageBus bus, Action<int, int, long> delivered, string? cursor = null)
    {
        _delivered = delivered;
        _subscription = bus.Subscribe(this, cursor, OnMessages, MaxMessages, null);
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

    public IList<string> EventKeys { get; } = [LoadPublisher.Key];

    public Action<TextWriter>? WriteCursor { get; set; }

    public string Identity { get; } = Guid.NewGuid().ToString("N");

    public Subscription? Subscription { get; set; }

    /// <summary>Stops listening. When it returns, no delivery is running.</summary>
    /// <returns>Its cursor, with which it can continue on any server.</returns>
    public string Leave()
    {
        var subscription = Subscription;
        _subscription.Dispose();
        using var cursor = new StringWriter();
        subscription?.WriteCursor(cursor);
        return cursor.ToString();
    }

    public void Dispose() => _subscription.Dispose();

    private Task<bool> OnMessages(MessageResult result, object? state)
    {
        var now = Stopwatch.GetTimestamp();
        foreach (var segment in result.Messages)
        {
            foreach (var message in segment)
            {
                var (publisher, number) = LoadPublisher.Read(message.GetString());
                _delivered(publisher, number, now);
            }
        }

        return Task.FromResult(!result.Terminal);
    }
}
