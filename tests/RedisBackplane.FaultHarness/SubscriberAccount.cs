namespace RedisBackplane.FaultHarness;

/// <summary>A delivery: which message of which publisher, and when.</summary>
public readonly record struct Delivery(int Publisher, int Number, long At);

/// <summary>Everything that one subscriber received, in the order of arrival. Thread-safe.</summary>
public sealed class SubscriberAccount(string name)
{
    private readonly object _lock = new();
    private readonly List<Delivery> _deliveries = [];

    public string Name { get; } = name;

    /// <summary>Deliveries so far, repeated ones included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _deliveries.Count;
            }
        }
    }

    public void Delivered(int publisher, int number, long at)
    {
        lock (_lock)
        {
            _deliveries.Add(new Delivery(publisher, number, at));
        }
    }

    public Delivery[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _deliveries];
        }
    }
}
