using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

[Collection(ClusterTopology.Collection)]
public sealed class ClusterTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology();
}

[Collection(ClusterTopology.Collection)]
public sealed class ClusterWithPlainChannelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology(isSharded: false);
}

[Collection(ClusterTopology.Collection)]
public sealed class ClusterWithResp3Tests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology(further: ",protocol=resp3");
}

[Collection(ClusterTopology.Collection)]
public sealed class ClusterOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology();
}
