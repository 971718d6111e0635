namespace RedisBackplane.TestInfrastructure;

/// <summary>The direction of a connection that a fault of <see cref="TcpProxy"/> affects.</summary>
[Flags]
public enum ProxyDirections
{
    None = 0,

    /// <summary>What the client sends.</summary>
    ToServer = 1,

    /// <summary>What the server answers.</summary>
    ToClient = 2,

    Both = ToServer | ToClient,
}
