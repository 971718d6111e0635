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
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Configuration;
        global using {Extensions}.DependencyInjection; global using {Extensions}.Hosting; global using {Extensions}.Logging;
        """;

    // The usings that a short block may omit, for each kind of application.
    private const string CommonUsings = """
        global using Microsoft.AspNet.SignalR; global using Microsoft.AspNet.SignalR.Infrastructure; global using RedisBackplane;
        global using StackExchange.Redis;
        """;

    private const string CoreUsings = ImplicitUsings + CommonUsings + """
        global using Microsoft.AspNetCore.DataProtection; global using OpenTelemetry.Metrics; global using OpenTelemetry.Trace;
        """;

    private const string OwinUsings = CommonUsings + """
        global using System; global using System.Collections.Generic; global using System.Configuration; global using System.IO;
        global using System.Linq; global using System.Threading; global using System.Threading.Tasks; global using Microsoft.Owin.Hosting;
        global using Owin; global using Microsoft.Owin.Security.DataProtection;
        """;

    private const string OwinVariables = "static Owin.IAppBuilder app = null!; static byte[] key = null!;";

    private const string CoreVariables = $"""
        static {AspNetCore}.Builder.WebApplicationBuilder builder = null!; static {AspNetCore}.Builder.WebApplication app = null!;
        static {Extensions}.DependencyInjection.IServiceCollection services = null!; static System.IServiceProvider provider = null!;
        static OpenTelemetry.Metrics.MeterProviderBuilder metrics = null!;
        """;

    private const string SharedVariables = """
        static Microsoft.AspNet.SignalR.IDependencyResolver resolver = null!; static RedisBackplane.RedisMessageBus bus = null!;
        static RedisBackplane.RedisBackplaneOptions options = null!; static System.Threading.CancellationToken token;
        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);

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
        string[] surroundings =
        [
            line + block.Code,
            Method(OwinVariables),
            Method(CoreVariables),
            $"{usings}public partial class Startup {{ {SharedVariables}\n{restLine}{rest}\n}}",
        ];
        string[] common = [ImplicitUsings, OwinUsings, CoreUsings, OwinUsings];
        var errors = new List<string>();
        foreach (var (surrounding, globalUsings) in surroundings.Zip(common))
        {
            var found = Errors(surrounding, globalUsings);
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

    private static IReadOnlyList<string> Errors(string source, string globalUsings)
    {
        var tree = CSharpSyntaxTree.ParseText(source, Parsing);
        var isProgram = tree.GetRoot().ChildNodes().Any(node => node.IsKind(SyntaxKind.GlobalStatement));
        var compilation = Empty.Value
            .WithOptions(new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary))
            .AddSyntaxTrees(tree, CSharpSyntaxTree.ParseText(globalUsings, Parsing));
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
            [CSharpSyntaxTree.ParseText(ApplicationStubs.Source, Parsing)],
            Platform,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var result = compilation.Emit(assembly);
        return result.Success
            ? MetadataReference.CreateFromImage(assembly.ToArray())
            : throw new InvalidOperationException(string.Join(Environment.NewLine, result.Diagnostics));
    }
}
