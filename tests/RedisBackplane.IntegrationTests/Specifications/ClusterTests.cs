using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class ClusterTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology();
}

public sealed class ClusterWithPlainChannelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology(isSharded: false);
}

public sealed class ClusterWithResp3Tests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology(further: ",protocol=resp3");
}

[Collection(ClusterTopology.Disturbing)]
public sealed class ClusterOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new ClusterTopology(isDisturbed: true);
}
