namespace RedisBackplane.IntegrationTests.Specifications;

/// <summary>A Redis as on some clouds: without INFO, CONFIG, CLIENT and CLUSTER.</summary>
public sealed class RedisWithoutInsightTests()
    : BackplaneSpecification(() => new RedisProcessTopology(RedisProcessTopology.WithoutInsight));

public sealed class RedisWithoutInsightOutageTests()
    : OutageSpecification(() => new RedisProcessTopology(RedisProcessTopology.WithoutInsight));

/// <summary>A Redis without streams, like one before version 5.</summary>
public sealed class RedisWithoutStreamsTests() : BackplaneSpecification(() => new RedisProcessTopology(RedisServerProcess.WithoutStreams));

public sealed class RedisWithoutStreamsOutageTests()
    : OutageSpecification(() => new RedisProcessTopology(RedisServerProcess.WithoutStreams));

/// <summary>A Redis whose strings cannot be read in parts, so there is no history.</summary>
public sealed class RedisWithoutHistoryTests()
    : BackplaneSpecification(() => new RedisProcessTopology(RedisProcessTopology.WithoutHistory))
{
    protected override bool HasHistory => false;
}
