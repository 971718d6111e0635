#if NET

namespace RedisBackplane.IntegrationTests.Connections;

/// <summary>Clients with wrong settings connect to a server that accepts only TLS with client certificates.</summary>
public sealed class TlsRefusalTests : IAsyncLifetime
{
    private readonly TestCertificates _certificates = new();
    private RedisServerProcess _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServerProcess.StartAsync(_certificates.ServerConfiguration);

    public async Task DisposeAsync()
    {
        await _redis.DisposeAsync();
        _certificates.Dispose();
    }

    [RedisProcessFact]
    public async Task Connect_WithoutTls_FailsAndSaysSo() =>
        await AssertRefused(ConfigurationOptions.Parse(_redis.EndPoint), "The server speaks TLS at this port");

    [RedisProcessFact]
    public async Task Connect_WithoutACertificate_FailsAndSaysSo() =>
        await AssertRefused(_certificates.ClientConfiguration(_redis.EndPoint, showsCertificate: false), "certificate required");

    [RedisProcessFact]
    public async Task Connect_ToAServerOfAnotherAuthority_FailsAndSaysSo()
    {
        using var others = new TestCertificates();

        await AssertRefused(others.ClientConfiguration(_redis.EndPoint), "The remote certificate was rejected");
    }

    [RedisProcessFact]
    public async Task Connect_ToAServerOfAnotherName_FailsAndSaysSo()
    {
        var configuration = _certificates.ClientConfiguration(_redis.EndPoint);
        configuration.SslHost = "redis.example";

        await AssertRefused(configuration, "The remote certificate was rejected");
    }

    private static async Task AssertRefused(ConfigurationOptions configuration, string reason)
    {
        using var server = new TestServer(options =>
        {
            options.ConfigurationOptions = configuration;
            options.AppName = AppNames.Unique("tls");
            options.PublishTimeout = TimeSpan.FromSeconds(2);
        });

        // Redis closes the connection right after its alert. A reset that is quicker removes the alert, and with it the
        // reason of that attempt.
        await RefusedPublish.UntilToldAsync(
            server,
            () => server.PublishAsync("key", "hello"),
            (exception, _) => Assert.IsType<BackplaneTimeoutException>(exception).Message.Contains(reason, StringComparison.Ordinal));
        Assert.Contains(server.Logs.Lines, line => line.Event == 1003);
        Assert.False(server.Bus.Status.IsConnected);
    }
}
#endif
