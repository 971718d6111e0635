using Microsoft.AspNet.SignalR.Messaging;

namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>A message that reaches a subscription without a stream, and the next such message.</summary>
internal sealed class HandedMessage
{
    private HandedMessage(Message message) => Message = message;

    public Message Message { get; }

    public HandedMessage? Next { get; private set; }

    /// <returns>The first message.</returns>
    public static HandedMessage Append(HandedMessage? first, Message message)
    {
        var added = new HandedMessage(message);
        if (first is null)
        {
            return added;
        }

        var last = first;
        while (last.Next is { } next)
        {
            last = next;
        }

        last.Next = added;
        return first;
    }
}
