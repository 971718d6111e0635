namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class SentinelTests() : BackplaneSpecification(() => new SentinelTopology());

public sealed class SentinelOutageTests() : OutageSpecification(() => new SentinelTopology(isDisturbed: true));
