using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class LeastRightsWithSeveralStreamsTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() =>
        new LeastRightsTopology(new SeveralStreamsTopology(new RedisProcessTopology()), "StreamCount above 1");
}

public sealed class LeastRightsOnAnotherDatabaseTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new LeastRightsTopology(new RedisProcessTopology(), "database n, other than 0") { Database = 3 };
}

public sealed class LeastRightsWithShardedChannelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new LeastRightsTopology(new RedisProcessTopology { IsSharded = true }, "sharded channel");
}

[Collection(ClusterTopology.Collection)]
public sealed class LeastRightsOnAClusterTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new LeastRightsTopology(new ClusterTopology(), "cluster", "sharded channel");
}

[Collection(ClusterTopology.Collection)]
public sealed class LeastRightsOnAClusterWithPlainChannelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new LeastRightsTopology(new ClusterTopology(isSharded: false), "cluster");
}

[Collection(ClusterTopology.Collection)]
public sealed class LeastRightsWithSeveralStreamsOnAClusterTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() =>
        new LeastRightsTopology(new SeveralStreamsTopology(new ClusterTopology()), "StreamCount above 1", "cluster", "sharded channel");
}
