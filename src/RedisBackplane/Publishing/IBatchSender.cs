namespace RedisBackplane.Publishing;

/// <summary>What the publishing room needs from Redis: store and publish one batch, at most once.</summary>
internal interface IBatchSender
{
    /// <summary>
    /// Sends a batch to Redis. Batches reach Redis in the order of the calls as long as no call fails. The bytes must
    /// not change until the task has succeeded. After a failure they must never change, because a socket may read them
    /// at any time.
    /// </summary>
    /// <returns>
    /// The answer of Redis, to be awaited once. Every failure, of the connection or of Redis, is an exception of the
    /// task and is never thrown synchronously.
    /// </returns>
    ValueTask<BatchReply> SendAsync(BatchRequest request);

    /// <summary>Reads the last id that Redis assigned in the stream; null if Redis has none.</summary>
    Task<ulong?> ReadCounterAsync();
}

/// <summary>One call of <c>publish.lua</c>.</summary>
/// <param name="Frame">The frame, its ids 0.</param>
/// <param name="Count">
/// The number of messages; 0 stores no batch: it compares the publisher's record in Redis and, if it is about a batch
/// that is stored, writes the record again.
/// </param>
/// <param name="Number">The publisher's number of the batch; 0 if the call is not about a certain batch.</param>
/// <param name="Oldest">
/// The lowest number that the publisher has not settled. Batches below it were stored or given up.
/// </param>
/// <param name="Claim">
/// The highest confirmed number that the publisher can still send again; 0 for none.
/// </param>
/// <param name="Floor">The highest id that the publisher has seen.</param>
internal readonly record struct BatchRequest(
    ReadOnlyMemory<byte> Frame, int Count, Wire.PublisherId Publisher, ulong Number, ulong Oldest, ulong Claim, ulong Floor)
{
    /// <summary>The frame behind its ids.</summary>
    public ReadOnlyMemory<byte> Body => Frame.IsEmpty ? default : Frame.Slice(Wire.FrameLayout.Body);
}

/// <summary>The answer to <see cref="BatchRequest"/>.</summary>
/// <param name="Value"> <see cref="BatchOutcome.Stored"/>: the id of its first message.
/// <see cref="BatchOutcome.Forgotten"/>: the number of the last batch that Redis knows.
/// </param>
internal readonly record struct BatchReply(BatchOutcome Outcome, ulong Value);

internal enum BatchOutcome
{
    /// <summary>
    /// Its number does not follow the last one that was stored: an earlier batch has not arrived yet.
    /// </summary>
    OutOfTurn = 0,

    /// <summary>Stored and published.</summary>
    Stored = 1,

    /// <summary>An earlier attempt had stored it already; nothing was done.</summary>
    StoredBefore = 2,

    /// <summary>Not stored: Redis has lost confirmed batches, which must be sent again first.</summary>
    Forgotten = 3,

    /// <summary>
    /// Not stored: another Redis answered than the one that gave the ids. The batch is sent again when that Redis has
    /// been recognised.
    /// </summary>
    Elsewhere = 4,
}
