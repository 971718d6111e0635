using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>The central settings of the sources.</summary>
internal static class Repository
{
    /// <summary>The version of every package, as Directory.Packages.props gives it.</summary>
    public static IReadOnlyDictionary<string, string> PackageVersions { get; } = ReadVersions();

    private static Dictionary<string, string> ReadVersions()
    {
        var props = XDocument.Load(Path.Combine(Checkout.Root, "Directory.Packages.props"));
        var properties = props.Descendants("PropertyGroup").Elements()
            .ToDictionary(element => $"$({element.Name})", element => element.Value);
        return props.Descendants("PackageVersion").ToDictionary(
            element => element.Attribute("Include")!.Value,
            element => element.Attribute("Version")!.Value is var version && properties.TryGetValue(version, out var value)
                ? value
                : version);
    }
}
