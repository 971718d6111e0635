using Chat.Redis;

namespace Chat.Backplane;

/// <summary>Lets the page stop the embedded Redis. It comes back by itself, empty.</summary>
public sealed class EmbeddedRedisSwitch
{
    internal static readonly TimeSpan OffTime = TimeSpan.FromSeconds(10);

    private readonly ChosenRedis _redis;

    internal EmbeddedRedisSwitch(ChosenRedis redis) => _redis = redis;

    /// <returns>Whether it is embedded, and so can be stopped.</returns>
    public bool TryOff() => _redis.TryStopFor(OffTime);
}
