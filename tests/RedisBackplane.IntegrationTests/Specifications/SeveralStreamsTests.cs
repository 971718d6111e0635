namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class SeveralStreamsTests() : BackplaneSpecification(() => new SeveralStreamsTopology(new SharedRedisTopology()));

public sealed class SeveralStreamsOutageTests() : OutageSpecification(() => new SeveralStreamsTopology(new RedisProcessTopology()));

public sealed class IndependentServersTests() : BackplaneSpecification(() => new IndependentServersTopology());

public sealed class SeveralStreamsOnAClusterTests() : BackplaneSpecification(() => new SeveralStreamsTopology(new ClusterTopology()));
