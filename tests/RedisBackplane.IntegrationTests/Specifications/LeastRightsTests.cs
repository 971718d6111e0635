namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class LeastRightsWithSeveralStreamsTests()
    : BackplaneSpecification(() => new LeastRightsTopology(new SeveralStreamsTopology(new RedisProcessTopology()), "StreamCount above 1"));

public sealed class LeastRightsOnAnotherDatabaseTests()
    : BackplaneSpecification(() => new LeastRightsTopology(new RedisProcessTopology(), "database n, other than 0") { Database = 3 });

public sealed class LeastRightsWithShardedChannelTests()
    : BackplaneSpecification(() => new LeastRightsTopology(new RedisProcessTopology { IsSharded = true }, "sharded channel"));

public sealed class LeastRightsOnAClusterTests() : BackplaneSpecification(() =>
    new LeastRightsTopology(new ClusterTopology(), "cluster", "sharded channel", "WaitForReplicas on a cluster"))
{
    protected override void Configure(RedisBackplaneOptions options) => options.WaitForReplicas = 1;
}

public sealed class LeastRightsOnAClusterWithPlainChannelTests()
    : BackplaneSpecification(() => new LeastRightsTopology(new ClusterTopology(isSharded: false), "cluster"));

public sealed class LeastRightsWithSeveralStreamsOnAClusterTests() : BackplaneSpecification(() =>
    new LeastRightsTopology(new SeveralStreamsTopology(new ClusterTopology()), "StreamCount above 1", "cluster", "sharded channel"));
