using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>Where the sources are, and what they decide centrally.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The version of every package, as Directory.Packages.props gives it.</summary>
    public static IReadOnlyDictionary<string, string> PackageVersions { get; } =
        XDocument.Load(Path.Combine(Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(element => element.Attribute("Include")!.Value, element => element.Attribute("Version")!.Value);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RedisBackplane.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No RedisBackplane.sln above {AppContext.BaseDirectory}.");
    }
}
