namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>A master, its replicas and the Sentinels that watch them, as in <see cref="RedisSentinelFarm"/>.</summary>
public sealed class SentinelGroup : ServerGroup
{
    private readonly List<ScriptedServer> _sentinels = [];
    private readonly List<ScriptedServer> _servers = [];

    public SentinelGroup()
    {
        var master = LoopbackPort.PickFree();
        _servers.Add(new ScriptedServer(master, [.. Announced(master)]));
        for (var i = 0; i < RedisSentinelFarm.Replicas; i++)
        {
            var port = LoopbackPort.PickFree();
            _servers.Add(new ScriptedServer(port, [.. Announced(port), $"replicaof {RedisServerProcess.Host} {master}"]));
        }

        for (var i = 0; i < RedisSentinelFarm.Sentinels; i++)
        {
            var port = LoopbackPort.PickFree();
            string[] announced = [$"sentinel announce-ip {RedisServerProcess.Host}", $"sentinel announce-port {port}"];
            _sentinels.Add(new ScriptedServer(port, [.. RedisSentinelFarm.SentinelConfiguration(master), .. announced], IsSentinel: true));
        }
    }

    public override IReadOnlyList<ScriptedServer> Servers => [.. _servers, .. _sentinels];

    public override ConfigurationOptions Client =>
        ConfigurationOptions.Parse(string.Join(",", _sentinels.Select(EndPointOf)) + ",serviceName=" + RedisSentinelFarm.ServiceName);

    protected override async Task BecomesReadyAsync()
    {
        await AllAnswerAsync().ConfigureAwait(false);
        await Eventually.BecomesTrueAsync(
            () => RedisSentinelFarm.IsReadyAsync(_sentinels.Select(EndPointOf)), "the Sentinels know each other and the replicas")
            .ConfigureAwait(false);
    }

    private static string[] Announced(int port) =>
        ["repl-diskless-sync-delay 0", $"replica-announce-ip {RedisServerProcess.Host}", $"replica-announce-port {port}"];
}
