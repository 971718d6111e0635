using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;

namespace RedisBackplane.PackageTests;

/// <summary>What a debugger finds, and what a build leaves of the machine it ran on.</summary>
[Collection(PackagesGroup.Name)]
public sealed class SymbolTests(PackedPackages packages)
{
    // https://github.com/dotnet/runtime/blob/main/docs/design/specs/PortablePdb-Metadata.md#embedded-source-c-and-vb-compilers
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [Theory]
    [MemberData(nameof(PackageContentTests.Assemblies), MemberType = typeof(PackageContentTests))]
    public void Symbols_OfEachAssembly_HoldItsSources(string package, string framework)
    {
        using var archive = packages.Open(package, "snupkg");
        using var pdb = MetadataReaderProvider.FromPortablePdbStream(Read(archive, $"lib/{framework}/{package}.pdb"));
        var reader = pdb.GetMetadataReader();

        var without = reader.Documents.Where(document => !reader.GetCustomDebugInformation(document)
            .Any(information => reader.GetGuid(reader.GetCustomDebugInformation(information).Kind) == EmbeddedSource));

        Assert.NotEmpty(reader.Documents);
        Assert.Empty(without.Select(document => reader.GetString(reader.GetDocument(document).Name)));
    }

    [Theory]
    [MemberData(nameof(PackageContentTests.Assemblies), MemberType = typeof(PackageContentTests))]
    public void Assembly_BuiltForRelease_NamesNoFolderOfTheMachine(string package, string framework)
    {
        using var archive = packages.Open(package);
        using var symbols = packages.Open(package, "snupkg");

        Assert.Equal(-1, IndexOfFolder(Read(archive, $"lib/{framework}/{package}.dll")));
        Assert.Equal(-1, IndexOfFolder(Read(symbols, $"lib/{framework}/{package}.pdb")));
    }

    private int IndexOfFolder(MemoryStream file) =>
        file.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(packages.Sources));

    internal static MemoryStream Read(ZipArchive archive, string entry)
    {
        using var stream = archive.GetEntry(entry)!.Open();
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        copy.Position = 0;
        return copy;
    }
}
