using System.Text.Json.Serialization;

namespace RedisBackplane.Load.Nodes;

internal enum Role
{
    Publisher,
    Subscriber,
}

/// <summary>
/// The setup of a node, in the first line that it reads. Coordinator and node exchange lines of JSON.
/// </summary>
internal sealed record NodeSetup(Variant Variant, Role Role, int RedisPort, string AppName, Scenario Scenario);

/// <summary>An order to a node.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "order")]
[JsonDerivedType(typeof(BeginOrder), "begin")]
[JsonDerivedType(typeof(PublishOrder), "publish")]
[JsonDerivedType(typeof(AwaitOrder), "await")]
[JsonDerivedType(typeof(MeasureOrder), "measure")]
internal abstract record NodeOrder;

/// <summary>A round begins: collect garbage and note what was used so far.</summary>
internal sealed record BeginOrder : NodeOrder;

/// <summary>Publish for a time. Answered by <see cref="PublishReport"/> when every publish has ended.</summary>
internal sealed record PublishOrder(double Seconds) : NodeOrder;

/// <summary>
/// Wait until everything that was sent has arrived, or nothing more arrives. Answered by <see cref="ReceiveReport"/>.
/// </summary>
/// <param name="SentPerLane">Messages sent in each lane since the node began.</param>
internal sealed record AwaitOrder(int[] SentPerLane) : NodeOrder;

/// <summary>Answered by <see cref="UsageReport"/>.</summary>
internal sealed record MeasureOrder : NodeOrder;

/// <summary>A node carried out an order, or could not.</summary>
internal sealed record Done(string? Error = null);

/// <param name="StartedAt">Timestamp before the first publish.</param>
/// <param name="EndedAt">Timestamp after the last acknowledgement.</param>
/// <param name="Sent">Messages of this round that were acknowledged.</param>
/// <param name="Failed">Publishes that failed, with <paramref name="Error"/> the first reason.</param>
/// <param name="SentPerLane">See <see cref="AwaitOrder"/>.</param>
internal sealed record PublishReport(long StartedAt, long EndedAt, long Sent, long Failed, string? Error, int[] SentPerLane);

/// <param name="LastDeliveryAt">Timestamp of the last delivery.</param>
/// <param name="Delivered">Deliveries of this round.</param>
/// <param name="Pulled">Messages of this round that came by reading the history.</param>
/// <param name="Latency">From when a message was due to its delivery, if the scenario measures it.</param>
internal sealed record ReceiveReport(
    long LastDeliveryAt, long Delivered, long Lost, long Duplicated, long OutOfOrder, long Pulled, LatencyReport? Latency);

/// <summary>Microseconds.</summary>
internal sealed record LatencyReport(double P50, double P90, double P99, double P999, double Max);

/// <summary>What a process used since <see cref="BeginOrder"/>.</summary>
internal sealed record UsageReport(double CpuMicroseconds, long AllocatedBytes, long Collections);
