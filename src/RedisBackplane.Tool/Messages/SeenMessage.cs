using RedisBackplane.Wire;

namespace RedisBackplane.Tool.Messages;

/// <summary>One message as the tool shows it; a line of JSON as it stands.</summary>
internal sealed record SeenMessage
{
    /// <summary>The stream that it is in, counted from 0.</summary>
    public int Stream { get; init; }

    public required ulong Id { get; init; }

    /// <summary>When its publisher sent it, by the publisher's clock.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Who published it: one stream of one server, as the name of its record in Redis has it.</summary>
    public required string Publisher { get; init; }

    /// <summary>
    /// The server that did, <c>machine:process</c>; <see langword="null"/> where it is not known (any more).
    /// </summary>
    public string? Server { get; init; }

    public required ulong Batch { get; init; }

    /// <summary>
    /// Where the history begins again behind its frame; <see langword="null"/> for one that is not kept.
    /// </summary>
    public ulong? EndPosition { get; init; }

    public required string Key { get; init; }

    public required string Source { get; init; }

    /// <summary>What it is to SignalR: a message to clients, a command, an acknowledgement.</summary>
    public required string Kind { get; init; }

    public required int Bytes { get; init; }

    /// <summary>What it says; <see langword="null"/> where that is not asked for.</summary>
    public string? Value { get; init; }

    /// <summary>The messages of a frame.</summary>
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

    // A publisher's clock may be anything.
    private static DateTimeOffset At(long microseconds)
    {
        const long Latest = 253_402_300_799_000_000;
        return DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(microseconds, 0, Latest) * 10);
    }
}
