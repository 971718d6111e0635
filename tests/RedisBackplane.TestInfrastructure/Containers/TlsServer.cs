using StackExchange.Redis;

namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>One server that speaks TLS alone, and only with clients that show a certificate.</summary>
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
    protected override Task BecomesReadyAsync() =>
        Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    using var connection = await ConnectionMultiplexer.ConnectAsync(Client).ConfigureAwait(false);
                    return true;
                }
                catch (RedisConnectionException)
                {
                    return false;
                }
            },
            "the server takes a connection with TLS");

    /// <inheritdoc/>
    public void Dispose() => _certificates.Dispose();
}
