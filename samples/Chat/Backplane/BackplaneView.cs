using RedisBackplane;

namespace Chat.Backplane;

/// <summary>What the page's panel shows of one server's backplane; the numbers are the bus's own.</summary>
/// <param name="Connected">Whether messages go out and come in.</param>
/// <param name="SecondsSince">For how long that has been so.</param>
/// <param name="LastIds">The id of the last message of each stream.</param>
/// <param name="Waiting">Messages that wait for Redis.</param>
/// <param name="StoredMilliseconds">
/// How long Redis took to store the last thing said here; null before anything was.
/// </param>
/// <param name="GapsFilled">How often missed messages were fetched from the history.</param>
/// <param name="Replayed">How many messages that were.</param>
/// <param name="Lost">Messages missed for good.</param>
/// <param name="Reconnects">How often the connection came back.</param>
/// <param name="CanStopRedis">Whether Redis is embedded, so that the page may stop it for a while.</param>
internal sealed record BackplaneView(
    bool Connected,
    double SecondsSince,
    IReadOnlyList<long> LastIds,
    long Waiting,
    double? StoredMilliseconds,
    long GapsFilled,
    long Replayed,
    long Lost,
    long Reconnects,
    bool CanStopRedis)
{
    public static BackplaneView Of(RedisBackplaneStatus status, StoreTime storeTime, bool canStopRedis, TimeProvider time) => new(
        status.IsConnected,
        Math.Max(0, (time.GetUtcNow() - status.Since).TotalSeconds),
        [.. status.Streams.Select(stream => stream.LastId)],
        status.QueueMessages,
        storeTime.Last?.TotalMilliseconds,
        status.GapsFilled,
        status.MessagesReplayed,
        status.MessagesLost,
        status.Reconnects,
        canStopRedis);
}
