using RedisBackplane.IntegrationTests.Topologies;
using RedisBackplane.TestInfrastructure;

namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>A Redis as some clouds give it: without INFO, CONFIG, CLIENT and CLUSTER.</summary>
public sealed class RedisWithoutInsightTests()
    : BackplaneSpecification(() => new RedisProcessTopology(RedisProcessTopology.WithoutInsight));

public sealed class RedisWithoutInsightOutageTests()
    : OutageSpecification(() => new RedisProcessTopology(RedisProcessTopology.WithoutInsight));

/// <summary>A Redis before version 5, as far as the bus can tell.</summary>
public sealed class RedisWithoutStreamsTests() : BackplaneSpecification(() => new RedisProcessTopology(RedisServerProcess.WithoutStreams));

public sealed class RedisWithoutStreamsOutageTests()
    : OutageSpecification(() => new RedisProcessTopology(RedisServerProcess.WithoutStreams));

/// <summary>A Redis whose strings cannot be read in parts, so that there is no history.</summary>
public sealed class RedisWithoutHistoryTests()
    : BackplaneSpecification(() => new RedisProcessTopology(RedisProcessTopology.WithoutHistory))
{
    protected override bool HasHistory => false;
}
