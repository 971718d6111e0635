#if NET

namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class TlsTests() : BackplaneSpecification(() => new TlsTopology());

public sealed class TlsOutageTests() : OutageSpecification(() => new TlsTopology());
#endif
