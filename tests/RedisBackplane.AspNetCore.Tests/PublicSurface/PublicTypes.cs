using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RedisBackplane.AspNetCore.Tests.PublicSurface;

/// <summary>The public types of an assembly, and their documentation.</summary>
internal sealed class PublicTypes
{
    private static readonly Lazy<IReadOnlyDictionary<string, PublicTypes>> All = new(Read);

    private readonly Dictionary<string, XElement> _documentation;

    private PublicTypes(IAssemblySymbol assembly, string documentation)
    {
        _documentation = XDocument.Load(documentation).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        Types = [.. TypesIn(assembly.GlobalNamespace).Where(IsVisible)];
        Members = [.. Types.SelectMany(type => type.GetMembers()).Where(IsWritten)];
    }

    public IReadOnlyList<INamedTypeSymbol> Types { get; }

    /// <summary>The public and protected members in the source: none that the compiler generates.</summary>
    public IReadOnlyList<ISymbol> Members { get; }

    public IEnumerable<ISymbol> TypesAndMembers => Types.Concat(Members);

    private static bool IsVisible(INamedTypeSymbol? type) =>
        type is null || (type.DeclaredAccessibility == Accessibility.Public && IsVisible(type.ContainingType));

    public static PublicTypes Of(string assembly) => All.Value[assembly];

    public static bool IsException(INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.Name == nameof(Exception))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The types in a member's signature, including type arguments.</summary>
    public static IEnumerable<ITypeSymbol> TypesNamedBy(ISymbol member)
    {
        IEnumerable<ITypeSymbol> named = member switch
        {
            IMethodSymbol method => method.Parameters.Select(parameter => parameter.Type).Append(method.ReturnType),
            IPropertySymbol property => [property.Type],
            IFieldSymbol field => [field.Type],
            IEventSymbol happening => [happening.Type],
            _ => [],
        };
        return named.SelectMany(WithArguments);
    }

    public bool Inherits(ISymbol symbol) => Has(symbol, "inheritdoc");

    public bool Has(ISymbol symbol, string element) => Find(symbol)?.Element(element) is not null;

    public bool Names(ISymbol symbol, string element, string name) =>
        Find(symbol)?.Elements(element).Any(found => found.Attribute("name")?.Value == name && found.Value.Trim().Length > 0) == true;

    /// <summary>The text of an element. A reference counts with the text that it refers to.</summary>
    public string Text(ISymbol symbol, string element) =>
        string.Concat(Find(symbol)?.Elements(element).DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement reference => (string?)reference.Attribute("cref") ?? (string?)reference.Attribute("langword"),
            _ => null,
        }) ?? []).Trim();

    private XElement? Find(ISymbol symbol) => _documentation.GetValueOrDefault(symbol.GetDocumentationCommentId()!);

    private bool IsWritten(ISymbol member) =>
        member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && member is not INamedTypeSymbol
        && member is not IMethodSymbol
        {
            MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.EventAdd or MethodKind.EventRemove,
        }
        && !member.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute")
        // A constructor that is not in the source, or the field behind an enumeration.
        && !(member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0 } && Find(member) is null)
        && member.Name != "value__";

    private static IEnumerable<ITypeSymbol> WithArguments(ITypeSymbol type) => type switch
    {
        INamedTypeSymbol { TypeArguments.Length: > 0 } generic => generic.TypeArguments.SelectMany(WithArguments).Prepend(type),
        IArrayTypeSymbol array => WithArguments(array.ElementType),
        _ => [type],
    };

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container) =>
        container.GetMembers().SelectMany(member => member switch
        {
            INamedTypeSymbol type => TypesIn(type).Prepend(type),
            INamespaceSymbol names => TypesIn(names),
            _ => [],
        });

    private static Dictionary<string, PublicTypes> Read()
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)).ToArray();
        var compilation = CSharpCompilation.Create("Reader", references: references);
        return references
            .Where(reference => Path.GetFileNameWithoutExtension(reference.FilePath) is "RedisBackplane" or "RedisBackplane.AspNetCore")
            .ToDictionary(
                reference => Path.GetFileNameWithoutExtension(reference.FilePath)!,
                reference => new PublicTypes(
                    (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(reference)!,
                    Path.ChangeExtension(reference.FilePath!, ".xml")));
    }
}
