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
    /// Makes sure that the channel is subscribed. <paramref name="listen"/> is called once for each subscription that
    /// is made. What it returns is called for one payload of that subscription at a time, in the order of the channel,
    /// and must neither throw nor wait.
    /// </summary>
    Task SubscribeAsync(Func<Action<byte[]>> listen, CancellationToken cancellationToken);

    /// <summary>Makes frames of the payloads of one subscription, or of one page.</summary>
    FrameAssembly CreateAssembly();

    /// <summary>
    /// Reads where the stream stands and, oldest first, the next frames of the history, as far as a page goes.
    /// </summary>
    /// <param name="after">The last id that the reader has; frames up to it may come again.</param>
    /// <param name="from">
    /// Where to read: <see cref="HistoryPage.Next"/> of the page before, or where the last frame ended.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<HistoryPage> ReadAsync(ulong after, HistoryPosition from, CancellationToken cancellationToken);
}

/// <summary>An answer of the history.</summary>
/// <param name="Counter">
/// The last id given in the stream at that moment; <see langword="null"/> where Redis knows none.
/// </param>
/// <param name="Frames">
/// The next frames, not looked into; empty or <see langword="null"/> when there are no more.
/// </param>
internal readonly record struct HistoryPage(ulong? Counter, byte[][]? Frames)
{
    /// <summary>Where the next page begins.</summary>
    public HistoryPosition Next { get; init; }
}

/// <summary>A place in the history. The default value is none: what follows the last id is then looked for.</summary>
internal readonly record struct HistoryPosition
{
    private HistoryPosition(ulong value, bool isContinued) => (Value, IsContinued) = (value, isContinued);

    public ulong Value { get; }

    /// <summary>
    /// It is where a page ended. Else what stands there has yet to prove that it follows the last id.
    /// </summary>
    public bool IsContinued { get; }

    /// <summary>Behind a frame that said where it stands; 0 for one that did not.</summary>
    public static HistoryPosition Behind(ulong end) => new(end, false);

    /// <summary>Where a page ended.</summary>
    public static HistoryPosition Continue(ulong position) => new(position, true);
}
