namespace RedisBackplane.FaultHarness;

/// <summary>What became of a message at its publisher.</summary>
public enum SendOutcome
{
    /// <summary>Its task has not ended.</summary>
    Pending,

    /// <summary>Its task completed: from then on it may not be lost.</summary>
    Acknowledged,

    /// <summary>Its task failed; it may have been delivered all the same.</summary>
    Failed,
}

/// <summary>One message as its publisher saw it. Times are of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
public struct SentMessage
{
    /// <summary>When it was handed to the bus.</summary>
    public long SentAt { get; set; }

    /// <summary>What became of it.</summary>
    public SendOutcome Outcome { get; set; }
}
