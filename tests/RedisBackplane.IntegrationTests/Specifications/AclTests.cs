namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class AclTests() : BackplaneSpecification(() => new AclTopology());

public sealed class AclOutageTests() : OutageSpecification(() => new AclTopology());
