using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class AclTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new AclTopology();
}

public sealed class AclOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new AclTopology();
}
