#if NET
using RedisBackplane.TestInfrastructure;
using StackExchange.Redis;

namespace RedisBackplane.IntegrationTests.Topologies;

/// <summary>A redis-server of the test's own that speaks TLS alone, and only with clients that show a certificate (mutual TLS).</summary>
internal sealed class TlsTopology : RedisTopology
{
    private readonly TestCertificates _certificates = new();
    private RedisServerProcess? _server;

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

    public override string? SkipReason => TestRedisSource.ProcessSkipReason;

    private RedisServerProcess Server => _server ?? throw new InvalidOperationException("Not started.");

    public override ConfigurationOptions ConfigurationOf(string appName) => _certificates.ClientConfiguration(Server.EndPoint);

    public override void Connect(RedisBackplaneOptions options) => options.ConfigurationOptions = ConfigurationOf(options.AppName);

    public override async Task StartAsync()
    {
        if (_server is null)
        {
            _server = await RedisServerProcess.StartAsync(_certificates.ServerConfiguration);
        }
        else
        {
            await _server.StartAgainAsync();
        }
    }

    public override Task StopAsync() => Server.StopAsync();

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _certificates.Dispose();
    }
}
#endif
