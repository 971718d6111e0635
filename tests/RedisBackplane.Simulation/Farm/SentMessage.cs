namespace RedisBackplane.Simulation.Farm;

/// <summary>One message of the load, and the result of its task.</summary>
internal sealed class SentMessage
{
    public required int Number { get; init; }

    public required FarmServer Server { get; init; }

    public required int Stream { get; init; }

    public required string Key { get; init; }

    public required long SentAt { get; init; }

    public required Task Task { get; init; }

    /// <summary>The time by which its task had ended.</summary>
    public long? EndedAt { get; set; }

    public bool IsAcknowledged => Task.IsCompletedSuccessfully;
}
