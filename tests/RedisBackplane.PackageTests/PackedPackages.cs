using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>
/// The packages, packed once for all tests into a temporary folder, under a version that no other run has: nothing stale in a cache can
/// take their place.
/// </summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "redisbackplane-packages-" + Guid.NewGuid().ToString("N"));

    public static IReadOnlyList<string> Libraries { get; } = ["RedisBackplane", "RedisBackplane.AspNetCore"];

    public static string Tool => "RedisBackplane.Tool";

    public static IReadOnlyList<string> Projects { get; } = [.. Libraries, Tool];

    public string Version { get; } = $"0.0.1-test.{Guid.NewGuid():N}";

    /// <summary>The folder that holds the packages, as a package source.</summary>
    public string Feed => Path.Combine(_folder, "feed");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Feed);
        var filter = Path.Combine(_folder, "packages.slnf");
        await File.WriteAllTextAsync(filter, JsonSerializer.Serialize(new
        {
            solution = new
            {
                path = Path.Combine(Repository.Root, "RedisBackplane.sln"),
                projects = Projects.Select(project => $"src/{project}/{project}.csproj"),
            },
        }));

        // The artifacts path keeps clear of what the solution builds meanwhile.
        await DotnetCommand.RunAsync(
            Repository.Root, "pack", filter, "--configuration", "Release", "--output", Feed,
            "--artifacts-path", Path.Combine(_folder, "artifacts"), $"-p:Version={Version}", "-p:ContinuousIntegrationBuild=true");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A new folder, outside of the repository, that goes with the packages.</summary>
    public string CreateFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    public ZipArchive Open(string package, string extension = "nupkg") =>
        ZipFile.OpenRead(Path.Combine(Feed, $"{package}.{Version}.{extension}"));

    /// <summary>The metadata of a package's nuspec, without its namespace.</summary>
    public XElement ReadMetadata(string package)
    {
        using var archive = Open(package);
        using var stream = archive.GetEntry(package + ".nuspec")!.Open();
        var root = XDocument.Load(stream).Root!;
        foreach (var element in root.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }

        return root.Element("metadata")!;
    }
}

/// <summary>Test classes that share one run of <c>dotnet pack</c>.</summary>
[CollectionDefinition(Name)]
public sealed class PackagesGroup : ICollectionFixture<PackedPackages>
{
    public const string Name = "packages";
}
