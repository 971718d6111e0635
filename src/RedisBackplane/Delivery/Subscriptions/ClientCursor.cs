namespace RedisBackplane.Delivery.Subscriptions;

/// <summary>
/// The cursor of a client: the place where it resumes in each stream. If this server does not read a stream (yet), the
/// client keeps its place for the next server. See <see cref="CursorText"/>.
/// </summary>
/// <param name="streams">The number of streams that are read.</param>
/// <param name="named">A bit for each stream that it names.</param>
/// <param name="since">Since when the client waits for messages of streams in which it has no place.</param>
/// <param name="wantsAll">Whether it wants all messages of the streams that it does not name.</param>
/// <param name="surplus">The places in streams that this server does not read.</param>
internal readonly struct ClientCursor(int streams, ulong named, bool isNew, long since, bool wantsAll, ulong[] surplus)
{
    /// <param name="cursor">The text that the client sent; null or empty for new messages only.</param>
    /// <param name="streams">The number of streams that are read.</param>
    /// <param name="ids">Receives the place in each stream; see <see cref="CursorText.TryRead"/>.</param>
    /// <returns>Whether the text is a cursor, or there is none.</returns>
    public static bool TryRead(string? cursor, int streams, long now, Span<ulong> ids, out ClientCursor client)
    {
        var isCursor = CursorText.TryRead(cursor, ids, out var named, out var since) || string.IsNullOrEmpty(cursor);
        var isNew = named == 0 && since == 0;
        ulong[] surplus = named >> (streams - 1) > 1 ? ids.Slice(streams).ToArray() : [];
        client = new ClientCursor(streams, named, isNew, since == 0 ? now : since, since == 0 && !isNew, surplus);
        return isCursor;
    }

    /// <summary>
    /// The time for <see cref="SubscriptionPosition.Attach"/>, for a stream that was already read when the client
    /// connected.
    /// </summary>
    public long SinceIn(int stream) => isNew || IsNamed(stream) ? SubscriptionPosition.FromNow : SinceUnnamed;

    /// <summary>
    /// The place in a stream that was added since, and since when the client waits for it if it has no place.
    /// </summary>
    public (ulong Place, long Since) In(int stream)
    {
        var index = stream - streams;
        return (index < surplus.Length ? surplus[index] : CursorText.Present, SinceUnnamed);
    }

    /// <summary>Writes the client's next cursor.</summary>
    public void Write(TextWriter writer, SubscriptionPosition[] positions)
    {
        Span<ulong> ids = stackalloc ulong[CursorText.MaxStreams];
        var waitsSince = 0L;
        for (var i = 0; i < positions.Length; i++)
        {
            ids[i] = positions[i].Place;
            if (ids[i] == CursorText.Present)
            {
                // SignalR's own bus names streams that it has not reached. There the client waits since now.
                waitsSince = Math.Max(waitsSince, IsNamed(i) ? since : SinceUnnamed);
            }
        }

        var count = Math.Max(positions.Length, streams + surplus.Length);
        for (var i = positions.Length; i < count; i++)
        {
            ids[i] = surplus[i - streams];
        }

        CursorText.Write(writer, ids.Slice(0, count), waitsSince);
    }

    private long SinceUnnamed => wantsAll ? 0 : since;

    private bool IsNamed(int stream) => (named & (1UL << stream)) != 0;
}
