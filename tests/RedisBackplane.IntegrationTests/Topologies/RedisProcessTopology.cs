namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A redis-server of one test, which may stop it.</summary>
internal sealed class RedisProcessTopology(params string[] configuration) : OwnServerTopology
{
    /// <summary>Commands that a managed cloud may not offer.</summary>
    public static readonly string[] WithoutInsight =
        ["rename-command INFO \"\"", "rename-command CONFIG \"\"", "rename-command CLIENT \"\"", "rename-command CLUSTER \"\""];

    /// <summary>Without the command that reads the history.</summary>
    public static readonly string[] WithoutHistory = ["rename-command GETRANGE \"\""];

    public override string ConnectionString => Server.EndPoint + Settings;

    /// <summary>Further settings of the connection string, such as <c>,protocol=resp3</c>.</summary>
    public string Settings { get; init; } = string.Empty;

    public bool IsSharded { get; init; }

    public override void Configure(RedisBackplaneOptions options) =>
        options.ShardedPubSub = IsSharded ? ShardedPubSub.On : ShardedPubSub.Auto;

    public override RedisChannel ChannelOf(string appName) => IsSharded ? RedisChannel.Sharded(appName) : base.ChannelOf(appName);

    protected override Task<RedisServerProcess> StartServerAsync() => RedisServerProcess.StartAsync(configuration);
}
