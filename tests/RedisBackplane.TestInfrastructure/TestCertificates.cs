#if NET
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// An authority for one test, with a certificate for a server on the loopback interface and one for its clients. The
/// files for redis-server are in a temporary folder until <see cref="Dispose"/>. Only on .NET: .NET Framework cannot
/// write a key to a file. Immutable.
/// </summary>
public sealed class TestCertificates : IDisposable
{
    private const string ServerName = "localhost";
    private const int KeySize = 2048;
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-test-certificates-");
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _client;

    /// <summary>Makes new keys and certificates, valid for a day.</summary>
    public TestCertificates()
    {
        using var key = RSA.Create(KeySize);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var server = Issue("CN=" + ServerName, ServerUsage);
        _client = Issue("CN=a server of the farm", ClientUsage);

        File.WriteAllText(PathOf("ca.crt"), _authority.ExportCertificatePem());
        File.WriteAllText(PathOf("redis.crt"), server.ExportCertificatePem());
        File.WriteAllText(PathOf("redis.key"), server.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The files of the server by name, for a server that does not see the folder.</summary>
    public IReadOnlyDictionary<string, string> ServerFiles =>
        new[] { "ca.crt", "redis.crt", "redis.key" }.ToDictionary(file => file, file => File.ReadAllText(PathOf(file)));

    /// <summary>Configures a redis-server for TLS only, with client certificates of this authority only.</summary>
    public string[] ServerConfiguration(int port) => ServerConfiguration(port, _folder.FullName);

    /// <inheritdoc cref="ServerConfiguration(int)"/>
    public static string[] ServerConfiguration(int port, string folder) =>
    [
        "port 0",
        $"tls-port {port}",
        $"tls-cert-file {folder}/redis.crt",
        $"tls-key-file {folder}/redis.key",
        $"tls-ca-cert-file {folder}/ca.crt",
        "tls-auth-clients yes",
    ];

    public ConfigurationOptions ClientConfiguration(string endPoint, bool showsCertificate = true)
    {
        var configuration = ConfigurationOptions.Parse(endPoint);
        configuration.Ssl = true;
        configuration.SslHost = ServerName;
        configuration.CertificateValidation += IsOfTheAuthority;
        if (showsCertificate)
        {
            configuration.CertificateSelection += (_, _, _, _, _) => _client;
        }

        return configuration;
    }

    public void Dispose()
    {
        _client.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private bool IsOfTheAuthority(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.Add(_authority);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var remote = new X509Certificate2(certificate);
        return own.Build(remote);
    }

    private X509Certificate2 Issue(string subject, string usage)
    {
        using var key = RSA.Create(KeySize);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(ServerName);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        using var certificate = request.Create(
            _authority, _authority.NotBefore, _authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);
}
#endif
