using System.IO.Compression;
using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>
/// The packages, packed once for all tests as the release workflow packs them: by eng/pack.sh, from a clone with a
/// remote on a known host and a tag on its commit. The version is one that no other run has: nothing stale in a cache
/// can take their place.
/// </summary>
/// <remarks>The clone has what is changed here and not committed, too.</remarks>
public sealed class PackedPackages : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "redisbackplane-packages-" + Guid.NewGuid().ToString("N"));

    public static IReadOnlyList<string> Libraries { get; } = ["RedisBackplane", "RedisBackplane.AspNetCore"];

    public static string Tool => "RedisBackplane.Tool";

    public static IReadOnlyList<string> Projects { get; } = [.. Libraries, Tool];

    /// <summary>Where the clone seems to come from.</summary>
    public static string Remote => "https://github.com/example/redis-backplane";

    public static int MajorVersion => 9;

    public string Version { get; } = $"{MajorVersion}.0.0-test.{Guid.NewGuid():N}";

    public string Commit { get; private set; } = string.Empty;

    /// <summary>The folder that they were built in.</summary>
    public string Sources => Path.Combine(_folder, "clone");

    /// <summary>The folder that holds the packages, as a package source.</summary>
    public string Feed => Path.Combine(_folder, "feed");

    public async Task InitializeAsync()
    {
        await CloneAsync();
        Commit = (await DotnetCommand.RunProgramAsync("git", Sources, "rev-parse", "HEAD")).Trim();

        // Analyzers have checked these sources when they were built, and take as long as all the rest.
        await DotnetCommand.RunProgramAsync("env", Sources, "RunAnalyzers=false", "bash", "eng/pack.sh", Feed);
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

    private async Task CloneAsync()
    {
        Directory.CreateDirectory(_folder);
        await DotnetCommand.RunProgramAsync("git", _folder, "clone", "--quiet", "--no-tags", Checkout.Root, Sources);
        await DotnetCommand.RunProgramAsync("git", Sources, "remote", "set-url", "origin", Remote + ".git");
        await DotnetCommand.RunProgramAsync("git", Sources, "tag", "v" + Version);
        var changed = await DotnetCommand.RunProgramAsync(
            "git", Checkout.Root, "ls-files", "-z", "--modified", "--others", "--exclude-standard");
        foreach (var file in changed.Split('\0').Select(name => name.Trim()).Where(name => name.Length > 0))
        {
            var source = Path.Combine(Checkout.Root, file);
            var target = Path.Combine(Sources, file);
            if (File.Exists(source))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(source, target, overwrite: true);
            }
            else
            {
                File.Delete(target);
            }
        }
    }
}

/// <summary>Test classes that share one run of <c>dotnet pack</c>.</summary>
[CollectionDefinition(Name)]
public sealed class PackagesGroup : ICollectionFixture<PackedPackages>
{
    public const string Name = "packages";
}
