namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class StandaloneRedisTests() : BackplaneSpecification(() => new SharedRedisTopology());

public sealed class StandaloneRedisWithShardedChannelTests() : BackplaneSpecification(() => new SharedRedisTopology(isSharded: true));

public sealed class StandaloneRedisOutageTests() : OutageSpecification(() => new RedisProcessTopology());
