namespace RedisBackplane.FaultHarness;

/// <summary>The parts of a run, and what it must achieve.</summary>
public sealed record FaultPlan
{
    /// <summary>The number of the case and a letter; the report is sorted by it.</summary>
    public required string Case { get; init; }

    /// <summary>The fault in a few words, for the report.</summary>
    public required string Fault { get; init; }

    /// <summary>Servers that send the load; they serve no subscriber.</summary>
    public int Publishers { get; init; } = 2;

    /// <summary>Servers with one subscriber each.</summary>
    public int Subscribers { get; init; } = 2;

    /// <summary>Messages per second of all publishers together.</summary>
    public double MessagesPerSecond { get; init; } = 600;

    /// <summary>Characters of a message, at least.</summary>
    public int MessageSize { get; init; }

    /// <summary>The time from the end of the fault within which everything that piled up must be delivered.</summary>
    public TimeSpan FullFlowWithin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// What a loaded machine may add to <see cref="FullFlowWithin"/> before the run fails, in addition to the time for
    /// which it stopped this process completely (see <see cref="StallWatch"/>). The report shows the measured time. Set
    /// <c>REDIS_BACKPLANE_FAULT_ALLOWANCE_MS=0</c> on a quiet machine.
    /// </summary>
    public static TimeSpan MachineAllowance { get; } = TimeSpan.FromMilliseconds(
        int.TryParse(Environment.GetEnvironmentVariable("REDIS_BACKPLANE_FAULT_ALLOWANCE_MS"), out var allowance) ? allowance : 3000);

    /// <summary>
    /// Redis loses messages that one subscriber has received and another has not (for example because it died in
    /// between). Each publisher sends its messages again in its own order, and nobody knows the old order between
    /// publishers.
    /// </summary>
    public bool OrderMayDiffer { get; init; }

    /// <summary>Publishes may fail, because the fault refuses them or lasts longer than their time-out.</summary>
    public bool MayFail { get; init; }
}
