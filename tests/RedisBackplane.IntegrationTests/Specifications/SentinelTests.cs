using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class SentinelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new SentinelTopology();
}

public sealed class SentinelOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new SentinelTopology(isDisturbed: true);
}
