using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

[Collection(SentinelTopology.Collection)]
public sealed class SentinelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new SentinelTopology();
}

[Collection(SentinelTopology.Collection)]
public sealed class SentinelOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new SentinelTopology();
}
