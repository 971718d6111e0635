#if NET

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A redis-server of one test that accepts only TLS, from clients with a certificate (mutual TLS).</summary>
internal sealed class TlsTopology : OwnServerTopology
{
    private readonly TestCertificates _certificates = new();

    public override string ConnectionString => throw new NotSupportedException("A connection string holds no certificates.");

    public override ConfigurationOptions Administrator
    {
        get
        {
            var configuration = ConfigurationOf(string.Empty);
            configuration.AllowAdmin = true;
            return configuration;
        }
    }

    public override ConfigurationOptions ConfigurationOf(string appName) => _certificates.ClientConfiguration(Server.EndPoint);

    public override void Connect(RedisBackplaneOptions options) => options.ConfigurationOptions = ConfigurationOf(options.AppName);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _certificates.Dispose();
    }

    protected override Task<RedisServerProcess> StartServerAsync() => RedisServerProcess.StartAsync(_certificates.ServerConfiguration);
}
#endif
