namespace RedisBackplane.FaultHarness;

/// <summary>Records who sent and received which message in one run. Thread-safe.</summary>
/// <param name="expectedMessages">Of one publisher.</param>
public sealed class Ledger(int expectedMessages = 4096)
{
    private readonly List<PublisherAccount> _publishers = [];
    private readonly List<SubscriberAccount> _subscribers = [];

    /// <summary>The publishers, by their number.</summary>
    public IReadOnlyList<PublisherAccount> Publishers
    {
        get
        {
            lock (_publishers)
            {
                return [.. _publishers];
            }
        }
    }

    /// <summary>The subscribers. Each must receive every acknowledged message.</summary>
    public IReadOnlyList<SubscriberAccount> Subscribers
    {
        get
        {
            lock (_subscribers)
            {
                return [.. _subscribers];
            }
        }
    }

    /// <returns>Its number, which every message of the publisher contains, and the account.</returns>
    public (int Number, PublisherAccount Account) AddPublisher()
    {
        lock (_publishers)
        {
            _publishers.Add(new PublisherAccount(expectedMessages));
            return (_publishers.Count - 1, _publishers[^1]);
        }
    }

    public SubscriberAccount AddSubscriber(string name)
    {
        lock (_subscribers)
        {
            _subscribers.Add(new SubscriberAccount(name));
            return _subscribers[^1];
        }
    }

    /// <summary>Whether every subscriber has received every message that is acknowledged so far.</summary>
    public bool IsComplete() => !Lacks(message => message.Outcome == SendOutcome.Acknowledged);

    /// <summary>Whether nothing is missing except messages that are always in transit.</summary>
    public bool Flows()
    {
        var recent = Stopwatch.GetTimestamp() - (long)(Tally.UnderWay.TotalSeconds * Stopwatch.Frequency);
        return !Lacks(message => message.SentAt < recent && message.Outcome != SendOutcome.Failed);
    }

    /// <summary>The number of acknowledged messages that a subscriber has not received.</summary>
    public int MissedBy(string subscriber)
    {
        var received = Subscribers.Single(account => account.Name == subscriber).Snapshot()
            .Select(delivery => (delivery.Publisher, delivery.Number))
            .ToHashSet();
        return Publishers
            .SelectMany((account, publisher) => account.Snapshot().Select((message, number) => (message.Outcome, Id: (publisher, number))))
            .Count(message => message.Outcome == SendOutcome.Acknowledged && !received.Contains(message.Id));
    }

    /// <summary>Adds everything up.</summary>
    /// <param name="faultEndedAt">When the fault ended, by <see cref="Stopwatch"/>.</param>
    public Tally Count(long faultEndedAt) => new(Publishers, Subscribers, faultEndedAt);

    private bool Lacks(Func<SentMessage, bool> isWanted)
    {
        var sent = Publishers.Select(publisher => publisher.Snapshot()).ToArray();
        foreach (var subscriber in Subscribers)
        {
            var got = sent.Select(messages => new bool[messages.Length]).ToArray();
            foreach (var delivery in subscriber.Snapshot())
            {
                if (delivery.Number < got[delivery.Publisher].Length)
                {
                    got[delivery.Publisher][delivery.Number] = true;
                }
            }

            for (var p = 0; p < sent.Length; p++)
            {
                for (var n = 0; n < sent[p].Length; n++)
                {
                    if (!got[p][n] && isWanted(sent[p][n]))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
