namespace RedisBackplane.Simulation.Redis;

/// <summary>What a script needs from the Redis that runs it, apart from its keys.</summary>
internal interface IScriptHost
{
    /// <summary>Its wall clock, since the Unix epoch.</summary>
    long Microseconds { get; }

    string RunId { get; }

    /// <summary>Whether it has sharded channels.</summary>
    bool HasSharded { get; }

    void Publish(string channel, byte[] payload, bool isSharded);
}
