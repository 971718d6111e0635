using RedisBackplane.IntegrationTests.Topologies;

namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>A Redis as some clouds give it: without INFO, CONFIG, CLIENT and CLUSTER.</summary>
public sealed class RedisWithoutInsightTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new RedisProcessTopology(RedisProcessTopology.WithoutInsight);
}

public sealed class RedisWithoutInsightOutageTests : OutageSpecification
{
    protected override RedisTopology CreateTopology() => new RedisProcessTopology(RedisProcessTopology.WithoutInsight);
}

/// <summary>A Redis before version 5, as far as the bus can tell.</summary>
public sealed class RedisWithoutStreamsTests : BackplaneSpecification
{
    protected override RedisTopology CreateTopology() => new RedisProcessTopology(RedisProcessTopology.WithoutStreams);
}
