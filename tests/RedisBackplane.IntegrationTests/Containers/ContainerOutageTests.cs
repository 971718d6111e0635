namespace RedisBackplane.IntegrationTests.Containers;

public sealed class Redis7ContainerOutageTests(Redis7ContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<Redis7ContainerTests.Servers>;

public sealed class TlsContainerOutageTests(TlsContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<TlsContainerTests.Servers>;

public sealed class SentinelContainerOutageTests(SentinelContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<SentinelContainerTests.Servers>;

public sealed class ClusterContainerOutageTests(ClusterContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<ClusterContainerTests.Servers>;

public sealed class ValkeyContainerOutageTests(ValkeyContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<ValkeyContainerTests.Servers>;

public sealed class ValkeyClusterContainerOutageTests(ValkeyClusterContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<ValkeyClusterContainerTests.Servers>;

public sealed class KeyDbContainerOutageTests(KeyDbContainerTests.Servers servers)
    : ContainerOutageSpecification(servers), IClassFixture<KeyDbContainerTests.Servers>;
