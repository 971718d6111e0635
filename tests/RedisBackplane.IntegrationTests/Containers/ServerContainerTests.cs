using Docker.DotNet.Models;

namespace RedisBackplane.IntegrationTests.Containers;

public sealed class ServerContainerTests
{
    [Fact]
    public void Ports_OfAContainer_AreOfferedToThisMachineOnly()
    {
        var parameters = new CreateContainerParameters
        {
            HostConfig = new HostConfig
            {
                PortBindings = new Dictionary<string, IList<PortBinding>>
                {
                    ["20001/tcp"] = [new PortBinding { HostPort = "20001" }],
                    ["20002/tcp"] = [new PortBinding { HostPort = "20002", HostIP = "0.0.0.0" }],
                },
            },
        };

        ServerContainer.ListenOnLoopbackOnly(parameters);

        Assert.All(
            parameters.HostConfig.PortBindings.Values.SelectMany(bindings => bindings),
            binding => Assert.Equal("127.0.0.1", binding.HostIP));
    }

    [Fact]
    public void Script_OfACluster_GivesEveryNodeItsPortAndTheLoopbackAddress()
    {
        var group = new ClusterGroup();

        var script = ServerScript.Write(group, "redis-server", "/tmp/servers", "0.0.0.0");

        Assert.Equal(6, group.Servers.Count);
        Assert.All(group.Servers, server => Assert.Contains($"\nport {server.Port}\n", script));
        Assert.Equal(6, script.Split('\n').Count(line => line == "cluster-announce-ip 127.0.0.1"));
        Assert.DoesNotContain(ServerGroup.Folder, script);
    }

    [Fact]
    public void Script_WithFiles_WritesThemWhereTheConfigurationSays()
    {
        using var group = new TlsServer();

        var script = ServerScript.Write(group, "redis-server", "/tmp/servers", "0.0.0.0");

        Assert.Contains("\ntls-cert-file /tmp/servers/redis.crt\n", script);
        Assert.Contains("\ncat >'redis.crt' <<'END_OF_FILE'\n-----BEGIN CERTIFICATE-----\n", script);
        Assert.Contains("\n-----END CERTIFICATE-----\nEND_OF_FILE\n", script);
    }
}
