namespace RedisBackplane.FaultHarness;

/// <summary>The outcome of a message for its publisher.</summary>
public enum SendOutcome
{
    /// <summary>Its task has not ended.</summary>
    Pending,

    /// <summary>Its task completed. From then on it must not be lost.</summary>
    Acknowledged,

    /// <summary>Its task failed; it may have been delivered all the same.</summary>
    Failed,
}

/// <summary>One message as its publisher saw it. Times are of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
public struct SentMessage
{
    /// <summary>When it was passed to the bus.</summary>
    public long SentAt { get; set; }

    public SendOutcome Outcome { get; set; }
}
