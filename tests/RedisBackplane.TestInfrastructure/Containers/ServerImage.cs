namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>A container image with a server that speaks Redis's protocol.</summary>
/// <param name="Reference">Its name and tag.</param>
/// <param name="Executable">The server in it, which takes a configuration file as redis-server does.</param>
public sealed record ServerImage(string Reference, string Executable)
{
    /// <summary>The newest 7; Debian's redis-server is 7.0, so both ends of the line are tested.</summary>
    public static readonly ServerImage Redis7 = new("redis:7-alpine", "redis-server");

    /// <summary>The newest line of Redis.</summary>
    public static readonly ServerImage Redis8 = new("redis:8-alpine", "redis-server");

    /// <summary>The fork of Redis 7.2.</summary>
    public static readonly ServerImage Valkey = new("valkey/valkey:8-alpine", "valkey-server");

    /// <summary>The fork of Redis 6 with several threads.</summary>
    public static readonly ServerImage KeyDb = new("eqalpha/keydb:latest", "keydb-server");

    public override string ToString() => Reference;
}
