namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>One server that accepts only TLS, and only clients with a certificate.</summary>
public sealed class TlsServer : ServerGroup, IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly int _port = LoopbackPort.PickFree();

    public override IReadOnlyList<ScriptedServer> Servers => [new(_port, TestCertificates.ServerConfiguration(_port, Folder))];

    public override IReadOnlyDictionary<string, string> Files => _certificates.ServerFiles;

    public override ConfigurationOptions Client => _certificates.ClientConfiguration(EndPointOf(Servers[0]));

    protected override Task BecomesReadyAsync() => TakesConnectionsAsync(() => Client);

    public void Dispose() => _certificates.Dispose();
}
