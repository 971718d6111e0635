namespace RedisBackplane;

/// <content>What is proven to whom.</content>
public sealed partial class RedisBackplaneOptions
{
    /// <summary>
    /// Gives the user and the password or token for the connections that the bus makes, instead of <see cref="User"/> and
    /// <see cref="Password"/>: for clouds with tokens that expire, and for passwords that are replaced. It is asked for every connection
    /// that the bus makes, and, where they expire, when three quarters of their time have passed; then the connections that stand prove
    /// themselves anew. It may fail, and is asked again; it has 30 seconds.
    /// </summary>
    /// <value>Default <see langword="null"/>: not used.</value>
    public Func<CancellationToken, Task<RedisCredentials>>? CredentialsProvider { get; set; }

    /// <summary>
    /// The farm's secret keys for message authentication, the same on every server. The first one signs what this server sends; a frame
    /// that none of them signed is dropped and counted. So a key is replaced without a break: add the new one at the end everywhere, then
    /// move it to the front everywhere, then remove the old one. docs/security.md says what it protects from and what not. Keys are never
    /// logged.
    /// </summary>
    /// <value>
    /// None (no authentication), or up to 8 keys of 32 to 1024 random bytes; default none. In configuration files they stand in Base64.
    /// </value>
    public IList<byte[]> AuthenticationKeys { get; set; } = [];

    /// <summary>
    /// Whether frames without any signature are taken although there are <see cref="AuthenticationKeys"/>: for the time in which some
    /// servers of the farm have no keys yet. A wrong signature is never taken.
    /// </summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool AcceptUnauthenticated { get; set; }
}
