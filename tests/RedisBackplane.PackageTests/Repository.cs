using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>The location of the sources, and their central settings.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The version of every package, as Directory.Packages.props gives it.</summary>
    public static IReadOnlyDictionary<string, string> PackageVersions { get; } = ReadVersions();

    private static Dictionary<string, string> ReadVersions()
    {
        var props = XDocument.Load(Path.Combine(Root, "Directory.Packages.props"));
        var properties = props.Descendants("PropertyGroup").Elements()
            .ToDictionary(element => $"$({element.Name})", element => element.Value);
        return props.Descendants("PackageVersion").ToDictionary(
            element => element.Attribute("Include")!.Value,
            element => element.Attribute("Version")!.Value is var version && properties.TryGetValue(version, out var value)
                ? value
                : version);
    }

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
