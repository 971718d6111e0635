#if NET
using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class TlsTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new TlsTopology();
}

public sealed class TlsOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new TlsTopology();
}
#endif
