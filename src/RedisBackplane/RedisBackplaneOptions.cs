using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace RedisBackplane;

/// <summary>
/// The settings of a <see cref="RedisMessageBus"/>: its Redis and its limits. <c>UseRedis</c> and the bus take a deep
/// copy, so later changes, even in a list or a key, have no effect. Not thread-safe while it is being filled.
/// </summary>
/// <remarks>
/// There are six ways to name the Redis. Use exactly one: <see cref="Server"/> with its companions,
/// <see cref="ConnectionString"/>, <see cref="ConnectionStrings"/>, <see cref="ConfigurationOptions"/>,
/// <see cref="ConnectionFactory"/> or <see cref="Connection"/>. <see cref="RedisBackplaneOptionsValidator"/> refuses
/// wrong settings at start-up.
/// </remarks>
public sealed class RedisBackplaneOptions : IOptions<RedisBackplaneOptions>
{
    internal const string DefaultServer = "localhost";
    internal const int DefaultPort = 6379;
    internal const int MaxStreamCount = 64;

    /// <summary>
    /// The name of the farm's channel: the Redis pub/sub channel that every server of the farm publishes on and listens
    /// to, and the hash tag of the bus's Redis keys. Every server of a farm uses the same name; two applications on one
    /// Redis use different ones.
    /// </summary>
    /// <value>Required; 1 to 256 characters, no control characters, no braces. No default.</value>
    public string AppName { get; set; } = string.Empty;

    /// <summary>The host name or IP address of the Redis server.</summary>
    /// <value>Default <c>localhost</c>.</value>
    public string Server { get; set; } = DefaultServer;

    /// <summary>The TCP port of the Redis server.</summary>
    /// <value>1 to 65535; default 6379.</value>
    public int Port { get; set; } = DefaultPort;

    /// <summary>The ACL user (Redis 6 and later) that <see cref="Password"/> belongs to.</summary>
    /// <value>Default <see langword="null"/>: the user <c>default</c>.</value>
    public string? User { get; set; }

    /// <summary>The password of <see cref="User"/>, or the server's <c>requirepass</c>. It is never logged.</summary>
    /// <value>Default <see langword="null"/>: none.</value>
    public string? Password { get; set; }

    /// <summary>
    /// Returns the user and the password or token for the connections that the bus makes, instead of <see cref="User"/>
    /// and <see cref="Password"/>. Use it for tokens that expire, and for passwords that are replaced. The bus calls it
    /// for every attempt to connect, which can be several in a second. If the credentials expire, the bus calls it
    /// again when three quarters of their time have passed, and authenticates the existing connections again. It has 30
    /// seconds. If it fails, it is called again.
    /// </summary>
    /// <value>Default <see langword="null"/>: not used.</value>
    public Func<CancellationToken, Task<RedisCredentials>>? CredentialsProvider { get; set; }

    /// <summary>Whether the connection is encrypted with TLS.</summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool Ssl { get; set; }

    /// <summary>
    /// The number of the Redis database that holds the bus's keys. Pub/sub ignores databases, so the name of the
    /// channel separates them: it is <see cref="AppName"/> for database 0, and <c>AppName{n}</c> for database n.
    /// </summary>
    /// <value>
    /// 0 to 65535; default 0. If it is 0, the default database of the connection string, the configuration or the live
    /// connection applies.
    /// </value>
    public int Database { get; set; }

    /// <summary>
    /// A StackExchange.Redis connection string, for everything that the simple settings cannot express: several
    /// endpoints, Sentinel, time-outs. It must not contain a <c>channelPrefix</c>; <see cref="AppName"/> is the
    /// channel.
    /// </summary>
    /// <value>Default <see langword="null"/>: not used.</value>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Several independent Redis servers that share the streams, with one StackExchange.Redis connection string for
    /// each. Stream <i>s</i> is on the server at place <i>s</i> modulo their number. A server that is down stops only
    /// its own streams. Every server of a farm uses the same list in the same order.
    /// </summary>
    /// <value>
    /// Default <see langword="null"/>: not used. At most <see cref="StreamCount"/> strings, so that each server has a
    /// stream. The rules of <see cref="ConnectionString"/> apply to each, and no two are the same.
    /// </value>
    public IList<string>? ConnectionStrings { get; set; }

    /// <summary>
    /// The settings of one Redis as an object of StackExchange.Redis, in place of a <see cref="ConnectionString"/>, for
    /// certificates and callbacks. It is copied and never changed. It must not contain a channel prefix.
    /// </summary>
    /// <value>Default <see langword="null"/>: not used.</value>
    public ConfigurationOptions? ConfigurationOptions { get; set; }

    /// <summary>
    /// Makes the connection; called again after a failure until it succeeds. An attempt that takes longer than a minute
    /// is cancelled and counts as failed. <see cref="ConnectionFactoryOwnership"/> says who disposes what it returns.
    /// </summary>
    /// <value>Default <see langword="null"/>: not used.</value>
    public Func<CancellationToken, Task<IConnectionMultiplexer>>? ConnectionFactory { get; set; }

    /// <summary>Whether the bus disposes the connection that <see cref="ConnectionFactory"/> returned.</summary>
    /// <value>Default <see cref="ConnectionOwnership.Owned"/>: the bus does.</value>
    public ConnectionOwnership ConnectionFactoryOwnership { get; set; } = ConnectionOwnership.Owned;

    /// <summary>
    /// A live connection that the application shares with the bus. It is borrowed: the bus never disposes it.
    /// </summary>
    /// <value>Default <see langword="null"/>: not used.</value>
    public IConnectionMultiplexer? Connection { get; set; }

    /// <summary>
    /// The number of streams that this server sends over. On a cluster each has its own slot, and two slots may be on
    /// one master; see <see cref="ConnectionStrings"/> for independent servers. A stream keeps its order, and one
    /// sender (<see cref="Microsoft.AspNet.SignalR.Messaging.Message.Source"/>) always uses the same stream; between
    /// streams there is no order.
    /// </summary>
    /// <value>
    /// 1 to 64; default 1. With one stream, the whole farm has one order. One Redis carries a million small messages a
    /// second.
    /// </value>
    public int StreamCount { get; set; } = 1;

    /// <summary>
    /// The most messages in one call to Redis. Messages that are published while a call is in flight go together with
    /// the next one; an idle bus sends at once.
    /// </summary>
    /// <value>1 to 65536; default 4096.</value>
    public int MaxBatchMessages { get; set; } = 4096;

    /// <summary>The most bytes in one call to Redis; a single larger message is sent alone.</summary>
    /// <value>
    /// 1 KiB to 64 MiB; default 256 KiB: larger batches gain no throughput, and block Redis's single thread.
    /// </value>
    public int MaxBatchBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// The largest value of a message, in bytes. The task of a larger one fails before anything is sent. Redis holds a
    /// message in the buffer of every server that subscribes, and cuts off a server whose buffer holds too much
    /// (<c>client-output-buffer-limit pubsub</c>).
    /// </summary>
    /// <value>
    /// 1 KiB to 512 MiB, the largest string of Redis; default 16 MiB, half of what Redis holds for a subscriber by
    /// default.
    /// </value>
    public int MaxMessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// The most calls to Redis that may be in flight at once for a stream. An additional call needs a number of waiting
    /// messages, so that a small load is still batched. Every value keeps the order.
    /// </summary>
    /// <value>1 to 32; default 4.</value>
    public int MaxCallsInFlight { get; set; } = 4;

    /// <summary>What a publish does while Redis is away or too slow.</summary>
    /// <value>Default <see cref="RedisBackplane.QueuePolicy.Wait"/>.</value>
    public QueuePolicy QueuePolicy { get; set; } = QueuePolicy.Wait;

    /// <summary>
    /// The most messages that wait for Redis, over all streams, including those in flight. If more are published,
    /// <see cref="QueuePolicy"/> decides.
    /// </summary>
    /// <value>1 or more; default 100,000.</value>
    public int MaxQueueMessages { get; set; } = 100_000;

    /// <summary>
    /// The most bytes that wait for Redis, over all streams, including those in flight. If more are published,
    /// <see cref="QueuePolicy"/> decides. A message that is larger than the whole queue is refused.
    /// </summary>
    /// <value>1 KiB or more; default 64 MiB.</value>
    public long MaxQueueBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// How long a publish may wait for Redis before its task fails with a <see cref="BackplaneTimeoutException"/>. The
    /// time-out does not prove that the message was not delivered.
    /// </summary>
    /// <value>
    /// 100 ms to 1 hour; default 30 s, which is also the limit of SignalR's acknowledgements (group changes).
    /// </value>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many bytes of sent messages Redis keeps, so that a server that was cut off can read what it missed. They are
    /// in segments of a sixteenth of this size, at most 1 MiB; all but the oldest are always complete. All streams
    /// share it evenly. Every server of a farm should use the same value. A larger batch is not kept.
    /// </summary>
    /// <value>0 (no history), or 64 KiB to 1024 GiB; default 64 MiB.</value>
    public long HistoryMaxBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// How long the history keeps a message, if <see cref="HistoryMaxBytes"/> suffices: at least this long, and at most
    /// about twice as long. Its Redis keys expire, so it also ends when nothing is sent any more.
    /// </summary>
    /// <value>1 second to 30 days; default 10 minutes.</value>
    public TimeSpan HistoryTimeToLive { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How many bytes of recently sent messages this server keeps, to send them again if Redis loses its memory
    /// (restart without persistence, flush, failover to a replica that lagged). All streams share it evenly.
    /// </summary>
    /// <value>0 (none) or more; default 16 MiB.</value>
    public long RepublishMaxBytes { get; set; } = 16L * 1024 * 1024;

    /// <summary>How long this server keeps sent messages, for the same purpose.</summary>
    /// <value>0 to 5 minutes; default 30 s.</value>
    public TimeSpan RepublishWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many replicas must have a batch before its publish completes (Redis <c>WAIT</c>). It reduces what a failover
    /// can lose, and delays every publish by the round trip to the replica.
    /// </summary>
    /// <value>0 (none) to 16; default 0.</value>
    public int WaitForReplicas { get; set; }

    /// <summary>
    /// Whether the farm's channel is a sharded one (Redis 7). All servers of a farm use the same kind: the first server
    /// decides, and stores the decision in Redis. A server with another setting does not connect.
    /// </summary>
    /// <value>Default <see cref="RedisBackplane.ShardedPubSub.Auto"/>: on a cluster that supports it.</value>
    public ShardedPubSub ShardedPubSub { get; set; } = ShardedPubSub.Auto;

    /// <summary>
    /// The format in which this server writes. Every server reads both. <see cref="RedisBackplane.WireFormat.Legacy"/>
    /// is for the time in which a farm is moved, one server at a time, from Microsoft.AspNet.SignalR.StackExchangeRedis
    /// to this library: servers of that package and this one receive each other's messages. <see cref="AppName"/> is
    /// then their <c>EventKey</c>, and the channel has that name in every <see cref="Database"/>. A server that writes
    /// that format reads nothing from the history, because the history lacks the messages of that package's servers.
    /// </summary>
    /// <value>Default <see cref="RedisBackplane.WireFormat.Current"/>.</value>
    public WireFormat WireFormat { get; set; } = WireFormat.Current;

    /// <summary>
    /// The farm's secret keys for message authentication, the same on every server. The first one signs what this
    /// server sends; a frame that none of them signed is dropped and counted. To replace a key without a break, add the
    /// new one at the end on every server, then move it to the front on every server, then remove the old one.
    /// docs/security.md says what it protects against. Keys are never logged.
    /// </summary>
    /// <value>
    /// None (no authentication), or up to 8 keys of 32 to 1024 random bytes; default none. In configuration files they
    /// are in Base64.
    /// </value>
    public IList<byte[]> AuthenticationKeys { get; set; } = [];

    /// <summary>
    /// Whether frames without a signature are accepted although there are <see cref="AuthenticationKeys"/>, while some
    /// servers of the farm have no keys yet. A wrong signature is never accepted.
    /// </summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool AcceptUnauthenticated { get; set; }

    /// <summary>
    /// Sends only: the bus subscribes to no channel and keeps no messages. For a service that publishes to hubs and
    /// serves no clients. Group changes need an acknowledgement that such a bus cannot receive, so such a publish
    /// fails.
    /// </summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool SendOnly { get; set; }

    /// <summary>
    /// The time without any answer after which the bus considers a connection dead, and replaces it if the bus owns it.
    /// StackExchange.Redis alone needs a minute and more to notice a peer that went silent without closing.
    /// </summary>
    /// <value>500 ms to 1 minute; default 3 s.</value>
    public TimeSpan LivenessTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long <see cref="IDisposable.Dispose"/> of the bus tries to send waiting messages before it fails them.
    /// </summary>
    /// <value>0 to 1 minute; default 2 s.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The most messages that this server keeps, whether or not it has clients for them, for clients that reconnect to
    /// it and for clients that are slow. All streams share it. The oldest are dropped first, a whole batch at a time;
    /// the newest batch always stays. A client whose position is older misses messages, which is counted and logged.
    /// </summary>
    /// <value>1 or more; default 262,144.</value>
    public int MaxLogMessages { get; set; } = 262_144;

    /// <summary>
    /// The most bytes that <see cref="MaxLogMessages"/> may take: batches as they arrived, and the data with which the
    /// server finds the messages of its own clients. Messages that are being sent to a slow client no longer count once
    /// they are dropped; they are bounded for each client.
    /// </summary>
    /// <value>64 KiB or more; default 64 MiB.</value>
    public long MaxLogBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// Where the bus logs. What no logger takes goes to SignalR's trace source <c>SignalR.RedisMessageBus</c>. The bus
    /// does not dispose the factory.
    /// </summary>
    /// <value>
    /// Default <see langword="null"/>: the <see cref="ILoggerFactory"/> of SignalR's dependency resolver, if it has
    /// one.
    /// </value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>A copy of the current settings: later changes have no effect on it.</summary>
    internal RedisBackplaneOptions Copy()
    {
        var copy = (RedisBackplaneOptions)MemberwiseClone();
        copy.ConnectionStrings = ConnectionStrings?.ToArray();
        copy.ConfigurationOptions = ConfigurationOptions?.Clone();
        copy.AuthenticationKeys = [.. AuthenticationKeys.Select(static key => (byte[])key.Clone())];
        return copy;
    }

    RedisBackplaneOptions IOptions<RedisBackplaneOptions>.Value => this;
}
