#if NET

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class GarnetTests() : BackplaneSpecification(() => new GarnetTopology());

public sealed class GarnetOutageTests() : OutageSpecification(() => new GarnetTopology());
#endif
