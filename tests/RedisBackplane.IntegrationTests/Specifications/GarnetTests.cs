#if NET
using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class GarnetTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new GarnetTopology();
}

public sealed class GarnetOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new GarnetTopology();
}
#endif
