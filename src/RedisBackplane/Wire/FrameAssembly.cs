namespace RedisBackplane.Wire;

/// <summary>
/// Makes frames from the payloads of one subscription, or of one page of the history. Most frames are one payload, but
/// a large frame is published as two (see <see cref="FrameLayout"/>). Payloads must come in their order. Not
/// thread-safe.
/// </summary>
/// <param name="foreign">Reads payloads of another format, if there is one.</param>
internal sealed class FrameAssembly(IForeignReader? foreign = null)
{
    private static readonly byte[] NoIds = new byte[FrameLayout.Body - FrameLayout.PreviousId];

    private byte[]? _head;

    /// <param name="payload">The received bytes. A frame keeps them, and its ids are written into them.</param>
    /// <param name="reason">Why the payload belongs to no frame, as text for a log; <see langword="null"/> if it
    /// belongs to one.</param>
    /// <returns>Whether a frame is complete. There is neither a frame nor a reason if the rest of the frame is still to
    /// arrive.</returns>
    public bool TryComplete(byte[] payload, out Frame frame, out string? reason)
    {
        var head = _head;
        _head = null;
        if (payload.Length == FrameLayout.HeadSize && payload.AsSpan().StartsWith(FrameLayout.Magic))
        {
            _head = payload;
            (frame, reason) = (default, null);
            return false;
        }

        if (head is not null && IsOf(head, payload))
        {
            head.AsSpan(0, FrameLayout.Body).CopyTo(payload);
        }

        return foreign is not null && foreign.IsOne(payload)
            ? foreign.TryRead(payload, out frame, out reason)
            : Frame.TryRead(payload, out frame, out reason);
    }

    // If no frame follows a head, the head is dropped: the ids of the next frame show the gap. A frame that has ids
    // needs no head. One that claims to be its head is a forgery, which no authentication tag covers.
    private static bool IsOf(byte[] head, byte[] payload) =>
        payload.Length >= FrameLayout.Messages
        && payload.AsSpan(FrameLayout.PreviousId, FrameLayout.Body - FrameLayout.PreviousId).SequenceEqual(NoIds)
        && payload.AsSpan(FrameLayout.Body, FrameLayout.HeadSize - FrameLayout.Body).SequenceEqual(head.AsSpan(FrameLayout.Body));
}
