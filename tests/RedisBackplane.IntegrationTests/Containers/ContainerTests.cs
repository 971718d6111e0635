namespace RedisBackplane.IntegrationTests.Containers;

public sealed class Redis7ContainerTests(Redis7ContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<Redis7ContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Redis7, SingleServer.Open);
}

public sealed class Redis8ContainerTests(Redis8ContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<Redis8ContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Redis8, SingleServer.Open);
}

public sealed class TlsContainerTests(TlsContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<TlsContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Redis7, () => new TlsServer());
}

/// <summary>Each application has a user with the rights of docs/security.md, and nobody else may do anything.</summary>
public sealed class AclContainerTests(AclContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output, redis => new LeastRightsTopology(redis)), IClassFixture<AclContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Redis7, SingleServer.Closed);
}

public sealed class SentinelContainerTests(SentinelContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<SentinelContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Redis7, () => new SentinelGroup());
}

public sealed class ClusterContainerTests(ClusterContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<ClusterContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Redis7, () => new ClusterGroup());
}

public sealed class ValkeyContainerTests(ValkeyContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<ValkeyContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Valkey, SingleServer.Open);
}

public sealed class ValkeyClusterContainerTests(ValkeyClusterContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<ValkeyClusterContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.Valkey, () => new ClusterGroup());
}

public sealed class KeyDbContainerTests(KeyDbContainerTests.Servers servers, ITestOutputHelper output)
    : ContainerSpecification(servers, output), IClassFixture<KeyDbContainerTests.Servers>
{
    public sealed class Servers() : ContainerFixture(ServerImage.KeyDb, SingleServer.Open);
}
