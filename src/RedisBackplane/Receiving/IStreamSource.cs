using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>What a <see cref="StreamReceiver"/> needs from Redis, for one stream.</summary>
internal interface IStreamSource
{
    /// <summary>
    /// Whether Redis keeps a history. Reading it may show that it does not; then this becomes <see langword="false"/>.
    /// </summary>
    bool HasHistory { get; }

    /// <summary>
    /// Makes sure that the channel is subscribed. <paramref name="listen"/> is called once for each new subscription.
    /// The function that it returns is called for one payload of that subscription at a time, in the order of the
    /// channel. It must neither throw nor wait.
    /// </summary>
    Task SubscribeAsync(Func<Action<byte[]>> listen);

    /// <summary>Creates the assembly of frames for the payloads of one subscription or one page.</summary>
    FrameAssembly CreateAssembly();

    /// <summary>
    /// Reads the last id of the stream and, oldest first, the next frames of the history, up to one page.
    /// </summary>
    /// <param name="after">The last id that the reader has. Frames up to this id may be returned again.</param>
    /// <param name="from">
    /// Where to read: <see cref="HistoryPage.Next"/> of the previous page, or where the last frame ended.
    /// </param>
    Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from);
}

/// <summary>An answer of the history.</summary>
/// <param name="Counter">
/// The last id that the stream had given at that moment; <see langword="null"/> if Redis has none.
/// </param>
/// <param name="Frames">The next frames, not decoded; empty or <see langword="null"/> if there are no more.</param>
internal readonly record struct HistoryPage(ulong? Counter, byte[][]? Frames)
{
    /// <summary>Where the next page begins.</summary>
    public HistoryPosition Next { get; init; }

    /// <summary>
    /// All ids above it were assigned by this Redis in its present epoch, or in one that the reader has skipped;
    /// <see langword="null"/> if that is not known.
    /// </summary>
    public ulong? EpochAfter { get; init; }

    /// <summary>
    /// On the first page that is read in another epoch than before: the reader and this Redis have the same messages up
    /// to this id. <see langword="null"/> on other pages, and if that is not known.
    /// </summary>
    public ulong? PartedAt { get; init; }
}

/// <summary>
/// A place in the history. The default value means no place: the reader then searches for the place after the last id.
/// </summary>
internal readonly record struct HistoryPosition
{
    private HistoryPosition(ulong value, bool isContinued) => (Value, IsContinued) = (value, isContinued);

    public ulong Value { get; }

    /// <summary>
    /// It is the end of a page. Otherwise the reader must check that the record there follows the last id.
    /// </summary>
    public bool IsContinued { get; }

    /// <summary>The position after a frame, if the frame contains its own position; otherwise 0.</summary>
    public static HistoryPosition Behind(ulong end) => new(end, false);

    /// <summary>The end of a page.</summary>
    public static HistoryPosition Continue(ulong position) => new(position, true);
}
