namespace RedisBackplane;

/// <summary>What a server writes on the channel; see <see cref="RedisBackplaneOptions.WireFormat"/>.</summary>
public enum WireFormat
{
    /// <summary>The format of this library, which carries what every promise of the backplane needs.</summary>
    Current = 0,

    /// <summary>
    /// The format of Microsoft.AspNet.SignalR.StackExchangeRedis, with its counter, so that its servers and this one
    /// are one farm. For the time of a migration.
    /// </summary>
    Legacy = 1,
}
