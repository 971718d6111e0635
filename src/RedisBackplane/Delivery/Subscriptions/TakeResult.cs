using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>The result of a subscription's look for messages in one stream.</summary>
internal readonly struct TakeResult
{
    public ArraySegment<Message> Messages { get; init; }

    /// <summary>
    /// The last message changes which keys the subscription follows: it must be delivered before more is taken.
    /// </summary>
    public bool EndsWithCommand { get; init; }

    /// <summary>Messages that the subscription had not taken were dropped.</summary>
    public BufferMiss? Miss { get; init; }

    /// <summary>The client's cursor is not of this farm.</summary>
    public ForeignCursor? Foreign { get; init; }
}

/// <summary>Messages after the place of a subscription are no longer in the buffer.</summary>
/// <param name="Place">The id up to which the subscription had seen everything.</param>
/// <param name="Floor">The buffer holds every message with a higher id.</param>
internal sealed record BufferMiss(ulong Place, ulong Floor);

/// <summary>A client came with an id that no server of this farm can have given it.</summary>
/// <param name="ResumedAfter">Where its subscription goes on instead.</param>
internal sealed record ForeignCursor(ulong Id, ulong ResumedAfter);
