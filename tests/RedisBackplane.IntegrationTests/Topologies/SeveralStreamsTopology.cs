namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A farm spread over four streams, whatever the Redis.</summary>
internal sealed class SeveralStreamsTopology(RedisTopology redis) : RedisTopology
{
    public override string ConnectionString => redis.ConnectionString;

    public override string? SkipReason => redis.SkipReason;

    public override int StreamCount => 4;

    public override StackExchange.Redis.ConfigurationOptions ConfigurationOf(string appName) => redis.ConfigurationOf(appName);

    public override void Connect(RedisBackplaneOptions options) => redis.Connect(options);

    public override void Configure(RedisBackplaneOptions options)
    {
        redis.Configure(options);
        options.StreamCount = StreamCount;
    }

    public override StackExchange.Redis.RedisChannel ChannelOf(string appName) => redis.ChannelOf(appName);

    public override Task StartAsync() => redis.StartAsync();

    public override Task StopAsync() => redis.StopAsync();

    public override Task DoEverywhereAsync(string command) => redis.DoEverywhereAsync(command);

    public override ValueTask DisposeAsync() => redis.DisposeAsync();
}
