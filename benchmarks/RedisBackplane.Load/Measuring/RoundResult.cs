using RedisBackplane.Load.Nodes;

namespace RedisBackplane.Load.Measuring;

/// <summary>
/// One round of one variant. "Per message" is per published message, in microseconds or bytes; a subscriber's values
/// are of one server.
/// </summary>
internal sealed record RoundResult
{
    public required long Messages { get; init; }

    public required double MessagesPerSecond { get; init; }

    public required double PublisherCpu { get; init; }

    public required double SubscriberCpu { get; init; }

    public required double RedisCpu { get; init; }

    /// <summary>Publisher, all subscribers and Redis together.</summary>
    public required double TotalCpu { get; init; }

    public required double PublisherAllocated { get; init; }

    public required double SubscriberAllocated { get; init; }

    public required double RedisCommands { get; init; }

    public required double RedisBytesIn { get; init; }

    public required double RedisBytesOut { get; init; }

    public required long Delivered { get; init; }

    public required long Lost { get; init; }

    public required long Duplicated { get; init; }

    public required long OutOfOrder { get; init; }

    public required long Failed { get; init; }

    /// <summary>The part of the messages that a subscribing server read from the history, from 0 to 1.</summary>
    public required double PulledShare { get; init; }

    public LatencyReport? Latency { get; init; }

    /// <summary>Redis's longest call, if the scenario measures it.</summary>
    public TimeSpan? LongestCall { get; init; }

    public static RoundResult From(
        long messages,
        PublishReport published,
        IReadOnlyList<ReceiveReport> received,
        UsageReport publisher,
        IReadOnlyList<UsageReport> subscribers,
        RedisUsage redis)
    {
        var divisor = Math.Max(1.0, messages);
        var subscriberCpu = subscribers.Sum(usage => usage.CpuMicroseconds);
        var endedAt = Math.Max(published.EndedAt, received.Max(report => report.LastDeliveryAt));
        return new RoundResult
        {
            Messages = messages,
            MessagesPerSecond = messages / ((endedAt - published.StartedAt) / (double)System.Diagnostics.Stopwatch.Frequency),
            PublisherCpu = publisher.CpuMicroseconds / divisor,
            SubscriberCpu = subscriberCpu / subscribers.Count / divisor,
            RedisCpu = redis.CpuMicroseconds / divisor,
            TotalCpu = (publisher.CpuMicroseconds + subscriberCpu + redis.CpuMicroseconds) / divisor,
            PublisherAllocated = publisher.AllocatedBytes / divisor,
            SubscriberAllocated = subscribers.Average(usage => usage.AllocatedBytes) / divisor,
            RedisCommands = redis.Commands / divisor,
            RedisBytesIn = redis.BytesIn / divisor,
            RedisBytesOut = redis.BytesOut / divisor,
            Delivered = received.Sum(report => report.Delivered),
            Lost = received.Sum(report => report.Lost),
            Duplicated = received.Sum(report => report.Duplicated),
            OutOfOrder = received.Sum(report => report.OutOfOrder),
            Failed = published.Failed,
            PulledShare = received.Average(report => report.Pulled) / divisor,
            Latency = received.Count == 1 ? received[0].Latency : null,
        };
    }
}
