using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace RedisBackplane.PackageTests;

/// <summary>
/// Checks whether .NET Framework would load the references of a program's assemblies. It requires the exact version of
/// a signed assembly, or a redirect in the program's configuration. Mono is not so strict, so a run on Mono proves
/// nothing here.
/// </summary>
internal static class BindingRedirects
{
    /// <summary>Each reference between assemblies of a folder that .NET Framework could not load, as text.</summary>
    public static IReadOnlyList<string> FindMissing(string folder, string configuration)
    {
        var present = ReadAssemblies(folder);
        var redirects = ReadRedirects(configuration);
        return
        [
            .. from assembly in present.Values
               from reference in assembly.References
               where present.ContainsKey(reference.Name) && present[reference.Name].IsSigned
               let found = present[reference.Name].Version
               where found != reference.Version
                   && !redirects.Any(redirect => redirect.Covers(reference.Name, reference.Version) && redirect.NewVersion == found)
               select $"{assembly.Name} wants {reference.Name} {reference.Version}, {found} is there, and nothing redirects to it",
        ];
    }

    /// <summary>References of signed assemblies to unsigned ones, which .NET Framework would not load.</summary>
    public static IReadOnlyList<string> FindUnsigned(string folder)
    {
        var present = ReadAssemblies(folder);
        return
        [
            .. from assembly in present.Values
               where assembly.IsSigned
               from reference in assembly.References
               where present.TryGetValue(reference.Name, out var found) && !found.IsSigned
               select $"{assembly.Name} is signed and refers to {reference.Name}, which is not",
        ];
    }

    /// <summary>The redirect of an assembly, as its element's attributes; null if there is none.</summary>
    public static (string Token, string OldVersion, string NewVersion)? Read(XDocument configuration, string assembly)
    {
        var dependency = configuration.Descendants()
            .Where(element => element.Name.LocalName == "dependentAssembly")
            .SingleOrDefault(element => Attribute(element, "assemblyIdentity", "name") == assembly);
        return dependency is null
            ? null
            : (Attribute(dependency, "assemblyIdentity", "publicKeyToken"),
                Attribute(dependency, "bindingRedirect", "oldVersion"),
                Attribute(dependency, "bindingRedirect", "newVersion"));

        static string Attribute(XElement parent, string element, string name) =>
            parent.Elements().Single(child => child.Name.LocalName == element).Attribute(name)!.Value;
    }

    private static Dictionary<string, Assembly> ReadAssemblies(string folder) =>
        Directory.GetFiles(folder, "*.dll").Concat(Directory.GetFiles(folder, "*.exe"))
            .Select(ReadReferences).OfType<Assembly>().ToDictionary(assembly => assembly.Name);

    private static Assembly? ReadReferences(string path)
    {
        using var stream = File.OpenRead(path);
        using var file = new PEReader(stream);
        if (!file.HasMetadata)
        {
            return null;
        }

        var reader = file.GetMetadataReader();
        var definition = reader.GetAssemblyDefinition();
        return new Assembly(
            reader.GetString(definition.Name),
            definition.Version,
            !definition.PublicKey.IsNil,
            [
                .. reader.AssemblyReferences.Select(reader.GetAssemblyReference)
                    .Select(reference => (reader.GetString(reference.Name), reference.Version)),
            ]);
    }

    private static List<Redirect> ReadRedirects(string configuration)
    {
        XNamespace names = "urn:schemas-microsoft-com:asm.v1";
        return
        [
            .. from dependency in XDocument.Load(configuration).Descendants(names + "dependentAssembly")
               let redirect = dependency.Element(names + "bindingRedirect")!
               let range = redirect.Attribute("oldVersion")!.Value.Split('-')
               select new Redirect(
                   dependency.Element(names + "assemblyIdentity")!.Attribute("name")!.Value,
                   Version.Parse(range[0]),
                   Version.Parse(range[^1]),
                   Version.Parse(redirect.Attribute("newVersion")!.Value)),
        ];
    }

    private sealed record Assembly(string Name, Version Version, bool IsSigned, (string Name, Version Version)[] References);

    private sealed record Redirect(string Name, Version From, Version To, Version NewVersion)
    {
        public bool Covers(string name, Version version) => Name == name && version >= From && version <= To;
    }
}
