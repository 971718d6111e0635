using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace RedisBackplane.AspNetCore.Hubs;

/// <summary>
/// The assemblies that were deployed with the application: those of its dependency context (<c>deps.json</c>), for
/// which .NET knows the paths. They include references that the code never uses, which are not in the application's
/// assembly.
/// </summary>
internal static class DeployedAssemblies
{
    private static readonly string[] FrameworkPrefixes = ["System.", "Microsoft.AspNetCore.", "Microsoft.Extensions.", "Microsoft.Win32."];

    /// <summary>The names of the assemblies, with the references of each. No assembly is loaded for that.</summary>
    public static Dictionary<string, IReadOnlyList<string>> References()
    {
        var references = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        var paths = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? string.Empty;
        foreach (var path in paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (!IsFramework(name) && File.Exists(path))
            {
                references.TryAdd(name, Read(path));
            }
        }

        return references;
    }

    /// <summary>Whether the assembly belongs to .NET. There are hundreds of them, and they contain no hub.</summary>
    public static bool IsFramework(string name) =>
        name is "netstandard" or "mscorlib" or "System"
        || FrameworkPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static IReadOnlyList<string> Read(string path)
    {
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            if (!file.HasMetadata)
            {
                return [];
            }

            var metadata = file.GetMetadataReader();
            return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or UnauthorizedAccessException)
        {
            // An assembly that cannot be read cannot contribute a hub.
            return [];
        }
    }
}
