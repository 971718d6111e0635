namespace RedisBackplane;

/// <summary>What a server writes on the channel; see <see cref="RedisBackplaneOptions.WireFormat"/>.</summary>
public enum WireFormat
{
    /// <summary>The format of this library. Every promise of the backplane needs it.</summary>
    Current = 0,

    /// <summary>
    /// The format of Microsoft.AspNet.SignalR.StackExchangeRedis, with its counter, so that its servers and this one
    /// form one farm. For the time of a migration.
    /// </summary>
    Legacy = 1,
}
