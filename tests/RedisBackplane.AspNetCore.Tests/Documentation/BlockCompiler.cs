using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RedisBackplane.AspNetCore.Tests.Documentation;

/// <summary>
/// Compiles a block of documentation in each context that it may be meant for, until one fits: a file of its own,
/// statements in a method, or members of a class.
/// </summary>
internal static class BlockCompiler
{
    private const string AspNetCore = "Microsoft.AspNetCore";
    private const string Extensions = "Microsoft.Extensions";

    // The implicit usings of a web project on .NET 10.
    private const string ImplicitUsings = $"""
        using System; using System.Collections.Generic; using System.IO; using System.Linq;
        using System.Net.Http; using System.Threading; using System.Threading.Tasks;
        using Microsoft.AspNetCore.Builder; using Microsoft.AspNetCore.Hosting; using Microsoft.AspNetCore.Http;
        using Microsoft.AspNetCore.Routing; using Microsoft.Extensions.Configuration;
        using {Extensions}.DependencyInjection; using {Extensions}.Hosting; using {Extensions}.Logging;
        """;

    // The usings that a short block may omit, for each kind of application.
    private const string CommonUsings = """
        using Microsoft.AspNet.SignalR; using Microsoft.AspNet.SignalR.Infrastructure; using RedisBackplane;
        using StackExchange.Redis;
        """;

    private const string CoreUsings = ImplicitUsings + CommonUsings + """
        using Microsoft.AspNetCore.DataProtection; using OpenTelemetry.Metrics; using OpenTelemetry.Trace;
        """;

    private const string OwinUsings = CommonUsings + """
        using System; using System.Collections.Generic; using System.Configuration; using System.IO;
        using System.Linq; using System.Threading; using System.Threading.Tasks; using Microsoft.Owin.Hosting;
        using Owin; using Microsoft.Owin.Security.DataProtection;
        """;

    private const string OwinVariables = "static Owin.IAppBuilder app = null; static byte[] key = null;";

    private const string CoreVariables = $"""
        static {AspNetCore}.Builder.WebApplicationBuilder builder = null!; static {AspNetCore}.Builder.WebApplication app = null!;
        static {Extensions}.DependencyInjection.IServiceCollection services = null!; static System.IServiceProvider provider = null!;
        static OpenTelemetry.Metrics.MeterProviderBuilder metrics = null!;
        """;

    private const string SharedVariables = """
        static Microsoft.AspNet.SignalR.IDependencyResolver resolver = null; static RedisBackplane.RedisMessageBus bus = null;
        static RedisBackplane.RedisBackplaneOptions options = null; static System.Threading.CancellationToken token;
        """;

    private static readonly CSharpParseOptions Newest = new(LanguageVersion.Latest);

    // The C# of a project for .NET Framework that names none.
    private static readonly CSharpParseOptions Classic = new(LanguageVersion.CSharp7_3);

    private static readonly MetadataReference[] Platform =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    // All compilations derive from one, and so share what it has read from the references.
    private static readonly Lazy<CSharpCompilation> Empty = new(
        () => CSharpCompilation.Create("Block", syntaxTrees: null, [.. Platform, CompileStubs()]));

    /// <summary>The errors in each context, with their lines in the page; none if one context compiles.</summary>
    public static IReadOnlyList<string> Compile(CodeBlock block)
    {
        var (usings, rest) = SplitUsings(block.Code);
        var line = $"#line {block.Line} \"{block.Page}\"\n";
        var restLine = $"#line {block.Line + usings.AsSpan().Count('\n')} \"{block.Page}\"\n";
        Surrounding inMethod = new(Method(OwinVariables), OwinUsings, Classic);
        Surrounding inStartup = new(
            $"{usings}public partial class Startup {{ {SharedVariables}\n{restLine}{rest}\n}}", OwinUsings, Classic);
        Surrounding[] surroundings = block.IsForOwin
            ? [new(line + block.Code, OwinUsings, Classic), inMethod, inStartup]
            : [new(line + block.Code, ImplicitUsings, Newest), inMethod, new(Method(CoreVariables), CoreUsings, Newest), inStartup];
        var errors = new List<string>();
        foreach (var surrounding in surroundings)
        {
            var found = Errors(surrounding);
            if (found.Count == 0)
            {
                return [];
            }

            errors.AddRange(found);
        }

        return [.. errors.Distinct()];

        string Method(string variables) =>
            $"{usings}internal static class Block {{ {SharedVariables} {variables}\n"
            + $"static async System.Threading.Tasks.Task RunAsync(string[] args) {{\n{restLine}{rest}\n}} }}";
    }

    private static IReadOnlyList<string> Errors(Surrounding surrounding)
    {
        // On one line, so that the lines of the block stay as they are.
        var usings = surrounding.Usings.ReplaceLineEndings(" ");
        var tree = CSharpSyntaxTree.ParseText($"{usings}\n{surrounding.Source}", surrounding.Language);
        var isProgram = tree.GetRoot().ChildNodes().Any(node => node.IsKind(SyntaxKind.GlobalStatement));
        var compilation = Empty.Value
            .WithOptions(new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary))
            .AddSyntaxTrees(tree);
        return
        [
            .. compilation.GetDiagnostics()
                .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
                .Select(diagnostic => (Place: diagnostic.Location.GetMappedLineSpan(), Diagnostic: diagnostic))
                .Select(found =>
                    $"{found.Place.Path}:{found.Place.StartLinePosition.Line + 1} {found.Diagnostic.Id} "
                    + found.Diagnostic.GetMessage(CultureInfo.InvariantCulture)),
        ];
    }

    private sealed record Surrounding(string Source, string Usings, CSharpParseOptions Language);

    private static (string Usings, string Body) SplitUsings(string code)
    {
        var lines = code.Split('\n');
        var count = lines
            .TakeWhile(line => line.Length == 0
                || (line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('(') && !line.Contains("var ")))
            .Count();
        return (string.Concat(lines.Take(count).Select(line => line + "\n")), string.Join('\n', lines.Skip(count)));
    }

    private static PortableExecutableReference CompileStubs()
    {
        using var assembly = new MemoryStream();
        var compilation = CSharpCompilation.Create(
            "Stubs",
            [CSharpSyntaxTree.ParseText(ApplicationStubs.Source, Newest)],
            Platform,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var result = compilation.Emit(assembly);
        return result.Success
            ? MetadataReference.CreateFromImage(assembly.ToArray())
            : throw new InvalidOperationException(string.Join(Environment.NewLine, result.Diagnostics));
    }
}
