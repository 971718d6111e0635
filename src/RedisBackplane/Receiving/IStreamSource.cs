namespace RedisBackplane.Receiving;

/// <summary>What a <see cref="StreamReceiver"/> asks of Redis, for one stream.</summary>
internal interface IStreamSource
{
    /// <summary>Whether Redis keeps a history. Found out by reading; it may become <see langword="false"/> then.</summary>
    bool HasHistory { get; }

    /// <summary>
    /// Makes sure that the channel is subscribed. <paramref name="onFrame"/> is called for one payload at a time, in the order of the
    /// channel, and must neither throw nor wait.
    /// </summary>
    Task SubscribeAsync(Action<byte[]> onFrame, CancellationToken cancellationToken);

    /// <summary>Reads where the stream stands and, oldest first, what the history holds after an id, as far as a page goes.</summary>
    Task<HistoryPage> ReadAsync(ulong after, CancellationToken cancellationToken);
}

/// <summary>An answer of the history.</summary>
/// <param name="Counter">The last id given in the stream at that moment; <see langword="null"/> where Redis knows none.</param>
/// <param name="Frames">The next frames, not looked into; empty or <see langword="null"/> when there are no more.</param>
internal readonly record struct HistoryPage(ulong? Counter, byte[][]? Frames)
{
    /// <summary>The place of the last frame in the history: its highest id, unless somebody else wrote it.</summary>
    public ulong LastEntry { get; init; }
}
