using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>The result of a subscription's search for messages in one stream.</summary>
internal readonly struct TakeResult
{
    public ArraySegment<Message> Messages { get; init; }

    /// <summary>
    /// Whether the last message changes which keys the subscription follows. It must be delivered before more is taken.
    /// </summary>
    public bool EndsWithCommand { get; init; }

    /// <summary>The messages that the subscription missed, if the buffer has dropped some.</summary>
    public BufferMiss? Miss { get; init; }

    /// <summary>The client's cursor, if it is of another farm.</summary>
    public ForeignCursor? Foreign { get; init; }
}

/// <summary>Messages after the place of a subscription are no longer in the buffer.</summary>
/// <param name="Place">The id up to which the subscription had seen everything.</param>
/// <param name="Floor">The buffer has every message with a higher id.</param>
internal sealed record BufferMiss(ulong Place, ulong Floor);

/// <summary>A client came with an id that no server of this farm can have given it.</summary>
/// <param name="ResumedAfter">Where its subscription resumes instead.</param>
internal sealed record ForeignCursor(ulong Id, ulong ResumedAfter);
