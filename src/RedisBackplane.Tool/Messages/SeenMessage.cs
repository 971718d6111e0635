using RedisBackplane.Wire;

namespace RedisBackplane.Tool.Messages;

/// <summary>One message as the tool shows it. It is written as one line of JSON.</summary>
internal sealed record SeenMessage
{
    /// <summary>The index of its stream, counted from 0.</summary>
    public int Stream { get; init; }

    public required ulong Id { get; init; }

    /// <summary>When its publisher sent it, on the publisher's clock.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>The publisher, which is one stream of one server, as in the name of its record in Redis.</summary>
    public required string Publisher { get; init; }

    /// <summary>
    /// The server of the publisher, <c>machine:process</c>; <see langword="null"/> if it is not known (any more).
    /// </summary>
    public string? Server { get; init; }

    public required ulong Batch { get; init; }

    /// <summary>The position in the history after its frame; <see langword="null"/> if the frame is not kept.</summary>
    public ulong? EndPosition { get; init; }

    public required string Key { get; init; }

    public required string Source { get; init; }

    /// <summary>Its kind for SignalR: a message to clients, a command, an acknowledgement.</summary>
    public required string Kind { get; init; }

    public required int Bytes { get; init; }

    /// <summary>Its content; <see langword="null"/> if that is not requested.</summary>
    public string? Value { get; init; }

    public static IEnumerable<SeenMessage> Of(Frame frame, int stream, string? server, bool withValues)
    {
        var index = 0;
        var (publisher, sentAt) = (frame.Header.Publisher.ToString(), At(frame.Header.SentAtMicroseconds));
        foreach (var message in frame)
        {
            yield return new SeenMessage
            {
                Stream = stream,
                Id = frame.Header.IdOf(index++),
                SentAt = sentAt,
                Publisher = publisher,
                Server = server,
                Batch = frame.Header.BatchNumber,
                EndPosition = frame.Header.End == 0 ? null : frame.Header.End,
                Key = message.GetString(message.Key),
                Source = message.GetString(message.Source),
                Kind = KindOf(message.Flags),
                Bytes = message.Value.Length,
                Value = withValues ? MessageText.Describe(message.Buffer.AsSpan(message.Value.Offset, message.Value.Length)) : null,
            };
        }
    }

    private static string KindOf(MessageFlags flags) =>
        (flags & MessageFlags.Ack) != 0 ? "ack" : (flags & MessageFlags.Command) != 0 ? "command" : "message";

    // The publisher's clock may have any value.
    private static DateTimeOffset At(long microseconds)
    {
        const long Latest = 253_402_300_799_000_000;
        return DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(microseconds, 0, Latest) * 10);
    }
}
