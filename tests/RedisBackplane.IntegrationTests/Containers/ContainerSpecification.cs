using RedisBackplane.IntegrationTests.Specifications;

namespace RedisBackplane.IntegrationTests.Containers;

/// <summary>
/// The specification on servers in a container, if a Docker engine answers. If none does, only
/// <see cref="Servers_InTheContainer_SayWhoTheyAre"/> appears, as skipped.
/// </summary>
[NeedsDocker]
public abstract class ContainerSpecification(
    ContainerFixture container, ITestOutputHelper output, Func<RedisTopology, RedisTopology>? further = null)
    : BackplaneSpecification(() => (further ?? (topology => topology))(new ServerGroupTopology(container.GetAsync)))
{
    [DockerFact]
    public async Task Servers_InTheContainer_SayWhoTheyAre()
    {
        using var administrator = await ConnectionMultiplexer.ConnectAsync(Topology.Administrator);

        var told = await administrator.GetServers().First(server => server.IsConnected).InfoRawAsync("server");

        // For the table in docs/topologies.md.
        var version = told!.Split('\n')
            .Where(line => line.Contains("_version:") || line.Contains("_mode:"))
            .Select(line => line.Trim())
            .ToArray();
        output.WriteLine(string.Join(", ", version));
        Assert.NotEmpty(version);
    }
}

/// <summary>
/// What a farm can rely on if the container's servers go away, come back or lose their memory. If no Docker engine
/// answers, the class of the same topology above reports that for this class too.
/// </summary>
[NeedsDocker]
public abstract class ContainerOutageSpecification(ContainerFixture container)
    : OutageSpecification(() => new ServerGroupTopology(container.GetAsync, container.StopAsync));
