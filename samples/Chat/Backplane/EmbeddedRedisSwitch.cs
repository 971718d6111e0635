using Chat.Redis;

namespace Chat.Backplane;

/// <summary>Lets the page pull the plug of the embedded Redis; it comes back by itself, empty.</summary>
public sealed class EmbeddedRedisSwitch
{
    internal static readonly TimeSpan OffTime = TimeSpan.FromSeconds(10);

    private readonly ChosenRedis _redis;

    internal EmbeddedRedisSwitch(ChosenRedis redis) => _redis = redis;

    /// <returns>Whether it is embedded, so that it can be switched off.</returns>
    public bool TryOff() => _redis.TryStopFor(OffTime);
}
