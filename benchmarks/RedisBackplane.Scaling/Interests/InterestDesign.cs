namespace RedisBackplane.Scaling.Interests;

/// <summary>The channels that carry the messages of a farm.</summary>
internal enum InterestDesign
{
    /// <summary>One channel, which every server listens to.</summary>
    OneChannel,

    /// <summary>
    /// One for each key, which the servers with clients of that key listen to, and one for broadcasts.
    /// </summary>
    ChannelPerKey,

    /// <summary>
    /// One for each server, and one for broadcasts. The publishers know who wants what, which costs nothing here. A
    /// real farm would have to inform them, and tolerate that their knowledge is out of date.
    /// </summary>
    ChannelPerServer,
}
