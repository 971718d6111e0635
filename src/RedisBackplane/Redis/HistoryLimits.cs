namespace RedisBackplane.Redis;

/// <summary>How much Redis keeps for catching up, and for how long after the last message.</summary>
/// <param name="MaxBytes">0 for no history.</param>
/// <param name="TimeToLive">The expiry of its Redis keys.</param>
internal readonly record struct HistoryLimits(long MaxBytes, TimeSpan TimeToLive);
