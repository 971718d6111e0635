using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

[Collection(PackagesGroup.Name)]
public sealed class PackageContentTests(PackedPackages packages)
{
    private static readonly string[] LibraryDependencies =
    [
        "Microsoft.AspNet.SignalR.Core",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Options",
        "Newtonsoft.Json",
        "StackExchange.Redis",
    ];

    public static TheoryData<string, string> Assemblies => new()
    {
        { "RedisBackplane", "net472" },
        { "RedisBackplane", "net10.0" },
        { "RedisBackplane.AspNetCore", "net10.0" },
    };

    public static TheoryData<string> Names => [.. PackedPackages.Projects];

    public static TheoryData<string> Libraries => [.. PackedPackages.Libraries];

    [Fact]
    public void Projects_ThatArePackable_AreTheOnesTestedHere()
    {
        var packable = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(project => XDocument.Load(project).Descendants("IsPackable").Any(element => element.Value == "true"))
            .Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(PackedPackages.Projects.Order(), packable.Order());
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Package_ForEachFramework_HoldsTheAssemblyWithItsDocumentation(string package, string framework)
    {
        using var archive = packages.Open(package);

        Assert.True(Length(archive, $"lib/{framework}/{package}.dll") > 0);
        using var documentation = archive.GetEntry($"lib/{framework}/{package}.xml")!.Open();
        Assert.NotEmpty(XDocument.Load(documentation).Descendants("member"));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void SymbolPackage_ForEachFramework_HoldsTheSymbols(string package, string framework)
    {
        using var archive = packages.Open(package, "snupkg");

        Assert.True(Length(archive, $"lib/{framework}/{package}.pdb") > 0);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Package_OfALibrary_HoldsNoOtherAssemblies(string package)
    {
        using var archive = packages.Open(package);

        var assemblies = archive.Entries.Where(entry => entry.FullName.EndsWith(".dll", StringComparison.Ordinal));

        Assert.All(assemblies, entry => Assert.Equal(package + ".dll", entry.Name));
    }

    [Theory]
    [InlineData("RedisBackplane", "lib/net472/RedisBackplane.dll")]
    [InlineData("RedisBackplane", "lib/net10.0/RedisBackplane.dll")]
    [InlineData("RedisBackplane.AspNetCore", "lib/net10.0/RedisBackplane.AspNetCore.dll")]
    [InlineData("RedisBackplane.Tool", "tools/net10.0/any/redis-backplane.dll")]
    public void Assembly_OfAnyPackage_HasTheStrongNameThatApplicationsRefuseOrAccept(string package, string entry)
    {
        using var archive = packages.Open(package);
        using var file = new PEReader(SymbolTests.Read(archive, entry));
        var reader = file.GetMetadataReader();

        var assembly = reader.GetAssemblyDefinition();
        var name = new AssemblyName();
        name.SetPublicKey(reader.GetBlobBytes(assembly.PublicKey));

        // With another key or major version, it is another assembly for everything that was compiled against this one.
        Assert.Equal("f2dff129b9a41d90", Convert.ToHexStringLower(name.GetPublicKeyToken()!));
        Assert.Equal(new Version(PackedPackages.MajorVersion, 0, 0, 0), assembly.Version);
        Assert.True(file.PEHeaders.CorHeader!.Flags.HasFlag(CorFlags.StrongNameSigned));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Metadata_OfAnyPackage_NamesLicenceReadmeAuthorsAndDescription(string package)
    {
        var metadata = packages.ReadMetadata(package);
        using var archive = packages.Open(package);

        Assert.Equal(package, metadata.Element("id")!.Value);
        var license = metadata.Element("license")!;
        Assert.Equal(("expression", "Apache-2.0"), (license.Attribute("type")!.Value, license.Value));
        Assert.NotEmpty(metadata.Element("authors")!.Value);
        Assert.NotEmpty(metadata.Element("description")!.Value);
        Assert.NotEmpty(metadata.Element("tags")!.Value);
        Assert.True(Length(archive, metadata.Element("readme")!.Value) > 0);
        Assert.True(Length(archive, metadata.Element("icon")!.Value) > 0);
    }

    [Fact]
    public void Dependencies_OfTheLibrary_AreItsOwnForEachFrameworkAtTheCentralVersions()
    {
        var groups = DependencyGroups("RedisBackplane");

        Assert.Equal([".NETFramework4.7.2", "net10.0"], groups.Keys.Order());
        Assert.Equal(
            [.. LibraryDependencies.Append("Microsoft.Bcl.TimeProvider").Append("System.Diagnostics.DiagnosticSource").Order()],
            groups[".NETFramework4.7.2"].Keys.Order());
        Assert.Equal([.. LibraryDependencies.Append("System.Diagnostics.PerformanceCounter").Order()], groups["net10.0"].Keys.Order());
        foreach (var (name, version) in groups.Values.SelectMany(group => group))
        {
            Assert.Equal(Repository.PackageVersions[name], version);
        }
    }

    [Fact]
    public void Dependencies_OfTheHost_AreTheLibraryOfTheSameVersionAndSignalR()
    {
        var groups = DependencyGroups("RedisBackplane.AspNetCore");

        var (framework, dependencies) = Assert.Single(groups);
        Assert.Equal("net10.0", framework);
        Assert.Equal(["Microsoft.AspNet.SignalR.Core", "Newtonsoft.Json", "RedisBackplane"], dependencies.Keys.Order());
        Assert.Equal(packages.Version, dependencies["RedisBackplane"]);
        Assert.Equal(
            ["Microsoft.AspNetCore.App"],
            packages.ReadMetadata("RedisBackplane.AspNetCore")
                .Descendants("frameworkReference")
                .Select(reference => reference.Attribute("name")!.Value));
    }

    private Dictionary<string, Dictionary<string, string>> DependencyGroups(string package) =>
        packages.ReadMetadata(package).Element("dependencies")!.Elements("group").ToDictionary(
            group => group.Attribute("targetFramework")!.Value,
            group => group.Elements("dependency").ToDictionary(
                dependency => dependency.Attribute("id")!.Value, dependency => dependency.Attribute("version")!.Value));

    private static long Length(ZipArchive archive, string entry) =>
        archive.GetEntry(entry)?.Length ?? throw new InvalidOperationException($"The package has no {entry}.");
}
