using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace RedisBackplane.AspNetCore.Tests.PublicSurface;

/// <summary>
/// The rules for every public type of both packages. PublicAPI.Unshipped.txt beside each project lists the surface, in
/// one file for all frameworks of a package. An analyzer compares it with every build, so all frameworks offer the
/// same.
/// </summary>
public sealed partial class PublicSurfaceTests
{
    // Members that name a connection must use its types; see RedisBackplaneOptions.
    private static readonly string[] MayNameRedisTypes =
    [
        "P:RedisBackplane.RedisBackplaneOptions.ConfigurationOptions",
        "P:RedisBackplane.RedisBackplaneOptions.Connection",
        "P:RedisBackplane.RedisBackplaneOptions.ConnectionFactory",
    ];

    public static TheoryData<string> Assemblies => ["RedisBackplane", "RedisBackplane.AspNetCore"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Classes_OfThePackage_AreSealedOrMeantForInheritance(string assembly)
    {
        var surface = PublicTypes.Of(assembly);
        var bases = surface.Types.Select(type => type.BaseType).ToHashSet<ISymbol?>(SymbolEqualityComparer.Default);

        var open = surface.Types.Where(type =>
            type.TypeKind == TypeKind.Class && !type.IsSealed && !type.IsStatic && !type.IsAbstract && !bases.Contains(type));

        Assert.Empty(open);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Types_OfThePackage_AreInItsNamespaceOrExtendTheirHosts(string assembly)
    {
        var elsewhere = PublicTypes.Of(assembly).Types.Where(type =>
            type.ContainingNamespace.ToDisplayString() != assembly
            && !(type.IsStatic && type.Name.EndsWith("Extensions", StringComparison.Ordinal)));

        Assert.Empty(elsewhere);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Types_OfThePackage_HaveNamesThatSayWhatTheyAre(string assembly)
    {
        var vague = PublicTypes.Of(assembly).Types.Where(type => type.Name == "RedisBackplane" || VagueName().IsMatch(type.Name));

        Assert.Empty(vague);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Members_ButForTheOptionsConnections_NameNoTypeOfStackExchangeRedis(string assembly)
    {
        var naming = PublicTypes.Of(assembly).Members
            .Where(member => PublicTypes.TypesNamedBy(member).Any(type => type.ContainingAssembly?.Name == "StackExchange.Redis"))
            .Select(member => member.GetDocumentationCommentId()!)
            .Except(MayNameRedisTypes);

        Assert.Empty(naming);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Members_OfThePackage_HaveNoPublicFieldsButConstants(string assembly)
    {
        var fields = PublicTypes.Of(assembly).Members.OfType<IFieldSymbol>().Where(field => !field.IsConst);

        Assert.Empty(fields);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Documentation_OfEachTypeAndMember_SaysWhatItIs(string assembly)
    {
        var surface = PublicTypes.Of(assembly);

        var without = surface.TypesAndMembers.Where(symbol => !surface.Inherits(symbol) && surface.Text(symbol, "summary").Length < 10);

        Assert.Empty(without);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Documentation_OfEachMethod_NamesItsParametersResultAndFailures(string assembly)
    {
        var surface = PublicTypes.Of(assembly);
        var findings =
            from method in surface.Members.OfType<IMethodSymbol>()
            where !surface.Inherits(method)
            from finding in Missing(surface, method)
            select $"{method.GetDocumentationCommentId()}: {finding}";

        Assert.Empty(findings);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Documentation_OfEachOption_GivesItsDefaultOrThatItIsRequired(string assembly)
    {
        var surface = PublicTypes.Of(assembly);

        var without = surface.Members.OfType<IPropertySymbol>()
            .Where(property => property.ContainingType.Name.EndsWith("Options", StringComparison.Ordinal))
            .Where(property => !DefaultOrRequired().IsMatch(surface.Text(property, "value")));

        Assert.Empty(without);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Documentation_OfEachTypeWithState_SpeaksOfThreads(string assembly)
    {
        var surface = PublicTypes.Of(assembly);

        var without = surface.Types
            .Where(type => type.TypeKind is TypeKind.Class or TypeKind.Interface && !type.IsStatic && !PublicTypes.IsException(type))
            .Where(type => !Threads().IsMatch(surface.Text(type, "summary") + surface.Text(type, "remarks")));

        Assert.Empty(without);
    }

    private static IEnumerable<string> Missing(PublicTypes surface, IMethodSymbol method)
    {
        foreach (var parameter in method.Parameters.Where(parameter => !surface.Names(method, "param", parameter.Name)))
        {
            yield return $"no <param> for {parameter.Name}";
        }

        foreach (var parameter in method.TypeParameters.Where(parameter => !surface.Names(method, "typeparam", parameter.Name)))
        {
            yield return $"no <typeparam> for {parameter.Name}";
        }

        if (!method.ReturnsVoid && method.MethodKind != MethodKind.Constructor && surface.Text(method, "returns").Length == 0)
        {
            yield return "no <returns>";
        }

        // Every public extension can at least throw for null.
        if (method.IsExtensionMethod && !surface.Has(method, "exception"))
        {
            yield return "no <exception>";
        }
    }

    [GeneratedRegex("(Manager|Helper|Utils|Utilities|Impl)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"\b([Dd]efault|Required)\b")]
    private static partial Regex DefaultOrRequired();

    [GeneratedRegex(@"[Tt]hread-safe|[Ii]mmutable|[Ss]tateless")]
    private static partial Regex Threads();
}
