namespace RedisBackplane.Wire;

/// <summary>
/// Makes frames from the payloads of one subscription, or of one page of the history. Most frames are one payload, but
/// a large frame is published as two (see <see cref="FrameLayout"/>). Payloads must come in their order. Not
/// thread-safe.
/// </summary>
/// <param name="foreign">Reads what is in another format, if there is one.</param>
internal sealed class FrameAssembly(IForeignReader? foreign = null)
{
    private readonly IForeignReader? _foreign = foreign;
    private byte[]? _head;

    /// <param name="payload">What came. A frame keeps it, and its ids are written into it.</param>
    /// <param name="frame">The frame that is whole now.</param>
    /// <param name="reason">Why the payload belongs to no frame, in words for a log; <see langword="null"/> where it
    /// belongs to one.</param>
    /// <returns>Whether there is a frame. There is neither a frame nor a reason while the rest of it is still to
    /// come.</returns>
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

        return _foreign is not null && _foreign.IsOne(payload)
            ? _foreign.TryRead(payload, out frame, out reason)
            : Frame.TryRead(payload, out frame, out reason);
    }

    // A head whose frame does not follow is forgotten: the ids of the next frame show the gap.
    private static bool IsOf(byte[] head, byte[] payload) =>
        payload.Length >= FrameLayout.Messages
        && payload.AsSpan(FrameLayout.Body, FrameLayout.HeadSize - FrameLayout.Body).SequenceEqual(head.AsSpan(FrameLayout.Body));
}
