namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>One server that accepts only TLS, and only clients with a certificate.</summary>
public sealed class TlsServer : ServerGroup, IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly int _port = LoopbackPort.PickFree();

    /// <inheritdoc/>
    public override IReadOnlyList<ScriptedServer> Servers => [new(_port, TestCertificates.ServerConfiguration(_port, Folder))];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Files => _certificates.ServerFiles;

    /// <inheritdoc/>
    public override ConfigurationOptions Client => _certificates.ClientConfiguration(EndPointOf(Servers[0]));

    /// <inheritdoc/>
    protected override Task BecomesReadyAsync() => TakesConnectionsAsync(() => Client);

    /// <inheritdoc/>
    public void Dispose() => _certificates.Dispose();
}
