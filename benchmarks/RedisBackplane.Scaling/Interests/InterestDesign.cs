namespace RedisBackplane.Scaling.Interests;

/// <summary>Which channels the messages of a farm travel on.</summary>
internal enum InterestDesign
{
    /// <summary>One, which every server hears.</summary>
    OneChannel,

    /// <summary>One for each key, which the servers hear that have clients of it; and one for broadcasts.</summary>
    ChannelPerKey,

    /// <summary>
    /// One for each server; and one for broadcasts. The publishers know who wants what, which here costs nothing: a
    /// real farm would have to tell them, and to bear that what they know is late.
    /// </summary>
    ChannelPerServer,
}
