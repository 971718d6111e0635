namespace RedisBackplane.PackageTests;

/// <summary>A known vulnerability of a direct or indirect package, as a source would report it at first.</summary>
public sealed class AuditTests : IDisposable
{
    // A dependency of StackExchange.Redis, which the project below names.
    private const string Indirect = "Pipelines.Sockets.Unofficial";

    private readonly string _folder = Directory.CreateTempSubdirectory("redisbackplane-audit-").FullName;

    [Theory]
    [InlineData(2, "NU1903")]
    [InlineData(3, "NU1904")]
    public async Task Restore_WithAVulnerabilityOfHighSeverity_Fails(int severity, string error)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => RestoreAsync(severity));

        Assert.Contains($"error {error}", failure.Message);
        Assert.Contains(Indirect, failure.Message);
    }

    [Theory]
    [InlineData(0, "NU1901")]
    [InlineData(1, "NU1902")]
    public async Task Restore_WithAVulnerabilityOfLowerSeverity_Warns(int severity, string warning) =>
        Assert.Contains($"warning {warning}", await RestoreAsync(severity));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Restores a project with the settings of this repository.</summary>
    private async Task<string> RestoreAsync(int severity)
    {
        using var feed = new VulnerabilityFeed(Indirect, severity);
        File.WriteAllText(Path.Combine(_folder, "nuget.config"), $"""
            <configuration>
              <auditSources>
                <add key="vulnerabilities" value="{feed.Address}" allowInsecureConnections="true" />
              </auditSources>
            </configuration>
            """);
        foreach (var file in new[] { "Directory.Build.props", "Directory.Packages.props" })
        {
            File.Copy(Path.Combine(Checkout.Root, file), Path.Combine(_folder, file));
        }

        File.WriteAllText(Path.Combine(_folder, "Audited.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StackExchange.Redis" />
              </ItemGroup>
            </Project>
            """);
        // Without the audit's cache, because another severity of the same package is another answer.
        return await DotnetCommand.RunAsync(_folder, "restore", "Audited.csproj", "--no-http-cache");
    }
}
