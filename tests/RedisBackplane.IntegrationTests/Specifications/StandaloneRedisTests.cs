using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class StandaloneRedisTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new SharedRedisTopology();
}

public sealed class StandaloneRedisWithShardedChannelTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new SharedRedisTopology(isSharded: true);
}

public sealed class StandaloneRedisOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new RedisProcessTopology();
}
