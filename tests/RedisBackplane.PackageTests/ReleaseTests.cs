using System.Reflection.Metadata;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RedisBackplane.PackageTests;

/// <summary>What a release takes from its commit: the version, the package page's links, the sources.</summary>
[Collection(PackagesGroup.Name)]
public sealed partial class ReleaseTests(PackedPackages packages)
{
    // https://github.com/dotnet/runtime/blob/main/docs/design/specs/PortablePdb-Metadata.md#source-link-c-and-vb-compilers
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private string Files => $"https://raw.githubusercontent.com/example/redis-backplane/{packages.Commit}/";

    private string Pages => $"{PackedPackages.Remote}/blob/{packages.Commit}/";

    [Theory]
    [MemberData(nameof(PackageContentTests.Names), MemberType = typeof(PackageContentTests))]
    public void Metadata_OfATaggedCommit_NamesTheTagTheRepositoryAndTheCommit(string package)
    {
        var metadata = packages.ReadMetadata(package);
        var repository = metadata.Element("repository")!;

        Assert.Equal(packages.Version, metadata.Element("version")!.Value);
        Assert.Equal(Pages + "CHANGELOG.md", metadata.Element("releaseNotes")!.Value);
        Assert.Equal(
            ("git", PackedPackages.Remote, packages.Commit),
            (repository.Attribute("type")!.Value,
                Regex.Replace(repository.Attribute("url")!.Value, @"\.git$", ""),
                repository.Attribute("commit")!.Value));
    }

    [Theory]
    [MemberData(nameof(PackageContentTests.Names), MemberType = typeof(PackageContentTests))]
    public void Readme_OfAPackage_HasPicturesAndLinksThatLoadFromAnywhere(string package)
    {
        using var archive = packages.Open(package);
        using var reader = new StreamReader(archive.GetEntry("README.md")!.Open());
        var links = Link().Matches(reader.ReadToEnd())
            .Select(match => (IsPicture: match.Groups[1].Value == "!", Target: match.Groups[2].Value))
            .ToList();

        Assert.Contains(links, link => link.IsPicture);
        Assert.All(links, link => Assert.StartsWith("https://", link.Target));
        Assert.All(links.Where(link => link.IsPicture), link => Assert.StartsWith(Files, link.Target));
        var ours = links.Select(link => link.Target)
            .Where(target => target.StartsWith(Files, StringComparison.Ordinal) || target.StartsWith(Pages, StringComparison.Ordinal))
            .Select(target => target.Replace(Files, "").Replace(Pages, "").Split('#')[0]);
        Assert.All(ours, path => Assert.True(Path.Exists(Path.Combine(Checkout.Root, path)), path));
    }

    [Theory]
    [MemberData(nameof(PackageContentTests.Assemblies), MemberType = typeof(PackageContentTests))]
    public void Symbols_OfEachAssembly_SayWhereItsSourcesAre(string package, string framework)
    {
        using var archive = packages.Open(package, "snupkg");
        using var pdb = MetadataReaderProvider.FromPortablePdbStream(SymbolTests.Read(archive, $"lib/{framework}/{package}.pdb"));
        var reader = pdb.GetMetadataReader();

        var json = reader.GetCustomDebugInformation(EntityHandle.ModuleDefinition)
            .Select(reader.GetCustomDebugInformation)
            .Single(information => reader.GetGuid(information.Kind) == SourceLink);
        var folder = Assert.Single(
            JsonDocument.Parse(reader.GetBlobBytes(json.Value)).RootElement.GetProperty("documents").EnumerateObject());

        Assert.Equal(("/_/*", Files + "*"), (folder.Name, folder.Value.GetString()));
    }

    [GeneratedRegex(@"(!?)\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Link();
}
