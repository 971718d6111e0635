using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class SeveralStreamsTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new SeveralStreamsTopology(new SharedRedisTopology());
}

public sealed class SeveralStreamsOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new SeveralStreamsTopology(new RedisProcessTopology());
}

public sealed class IndependentServersTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new IndependentServersTopology();
}

public sealed class SeveralStreamsOnAClusterTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new SeveralStreamsTopology(new ClusterTopology());
}
