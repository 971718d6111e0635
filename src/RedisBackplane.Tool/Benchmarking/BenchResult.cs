namespace RedisBackplane.Tool.Benchmarking;

/// <summary>The result of a row. It is written as one line of JSON.</summary>
internal sealed record BenchResult
{
    public required int Bytes { get; init; }

    public required int InFlight { get; init; }

    public required long MessagesPerSecond { get; init; }

    /// <summary>From the call of Publish to the end of its task, in milliseconds.</summary>
    public required double PublishMedian { get; init; }

    public required double PublishP99 { get; init; }

    /// <summary>From the call of Publish to the delivery on the other bus, in milliseconds.</summary>
    public required double DeliveryMedian { get; init; }

    public required double DeliveryP99 { get; init; }

    /// <summary>Messages that were acknowledged and not delivered.</summary>
    public required long Missing { get; init; }
}
