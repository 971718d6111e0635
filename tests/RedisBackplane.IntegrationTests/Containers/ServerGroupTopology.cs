namespace RedisBackplane.IntegrationTests.Containers;

/// <summary>Servers of a <see cref="ServerGroup"/>, which the tests share.</summary>
/// <param name="start">Starts them, or finds them started.</param>
/// <param name="stop">Ends them, if that is possible.</param>
internal sealed class ServerGroupTopology(Func<Task<ServerGroup>> start, Func<Task>? stop = null) : RedisTopology
{
    private ServerGroup? _group;

    public override string ConnectionString => throw new NotSupportedException("A connection string holds no certificates.");

    public override ConfigurationOptions Administrator
    {
        get
        {
            var configuration = Group.Client;
            configuration.AllowAdmin = true;
            return configuration;
        }
    }

    private ServerGroup Group => _group ?? throw new InvalidOperationException("Not started.");

    public override ConfigurationOptions ConfigurationOf(string appName) => Group.Client;

    public override void Connect(RedisBackplaneOptions options) => options.ConfigurationOptions = ConfigurationOf(options.AppName);

    // A cluster of Redis 7 and its successors has the sharded channel.
    public override RedisChannel ChannelOf(string appName) =>
        Group is ClusterGroup ? RedisChannel.Sharded(appName) : base.ChannelOf(appName);

    public override async Task StartAsync() => _group = await start();

    public override Task StopAsync() => stop is null ? base.StopAsync() : stop();

    public override async Task DoEverywhereAsync(string command)
    {
        var words = command.Split(' ');
        using var administrator = await ConnectionMultiplexer.ConnectAsync(Administrator);
        foreach (var server in administrator.GetServers().Where(server => !server.IsReplica))
        {
            await server.ExecuteAsync(words[0], words.Skip(1).ToArray<object>());
        }
    }

    public override ValueTask DisposeAsync() => default;
}
