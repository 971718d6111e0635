using RedisBackplane;

namespace Chat.Backplane;

/// <summary>The state of one server's backplane, for the page's panel. The numbers are the bus's own.</summary>
/// <param name="Connected">Whether messages are sent and received.</param>
/// <param name="SecondsSince">For how many seconds that has been the case.</param>
/// <param name="LastIds">The id of the last message of each stream.</param>
/// <param name="Waiting">Messages that wait for Redis.</param>
/// <param name="StoredMilliseconds">
/// How long Redis took to store the last message of this server; null before the first.
/// </param>
/// <param name="GapsFilled">How often missed messages were read from the history.</param>
/// <param name="Replayed">How many messages that were.</param>
/// <param name="Lost">Messages that were missed permanently.</param>
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
