#if NET // The sources and pages are the same for both frameworks: one of them reads them.
using System.Text.RegularExpressions;

namespace RedisBackplane.Tests.Documentation;

/// <summary>
/// Compares the names that pages and comments use with the code: a name that was changed or removed there must change
/// here too. A name exists if it is an identifier in the solution's sources, a file, or an element of a project.
/// </summary>
public sealed class NamesOfTheCodeTests
{
    private const string Name = @"\b[A-Z]\w*[a-z]\w*";

    // Two words in one name: the meaning of a single capitalised word in a comment is unknown.
    private const string NameInProse = @"\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b";

    // A comment, but not the slashes of a URL.
    private static readonly Regex Comment = new(@"(?<![:""])//.*$");
    private static readonly Regex LuaComment = new("--.*$");
    private static readonly Regex Text = new(@"""(?:[^""\\]|\\.)*""");
    private static readonly Lazy<HashSet<string>> Known = new(Identifiers);

    // Names of others that our pages and comments use, and our sources do not.
    private static readonly HashSet<string> OfOthers =
    [
        // Words and products.
        "GiB", "GitHub", "KiB", "MiB", "MurmurHash3", "NuGet", "W3C", "By", "Ann", "THub", "Unreleased",

        // SignalR, and the package for Redis that came before this one.
        "MessageBroker", "PrefixHelper", "ScaleoutStream", "MaxScaleoutMappingsPerStream", "MaxQueueLength", "QueueBehavior", "InitialOnly",
        "Always", "Disabled", "TryWebSockets", "Unrecognized", "EventKey", "IRedisConnection", "RedisScaleoutConfiguration",
        "ReconnectDelay", "UseStackExchangeRedis",

        // ASP.NET, IIS, OWIN and HTTP.
        "AlwaysRunning", "Application_End", "Application_Start", "Cache", "ConfigurationManager", "AppSettings", "CrossOriginProtection",
        "FormsAuthentication", "Global", "HostingEnvironment", "HttpRuntime", "IMemoryCache", "IWebHostEnvironment",
        "MapPath", "MaxRequestBodySize", "QueueBackgroundWorkItem", "RegisterObject", "Session", "Upgrade", "UseAuthentication", "Sec",
        "AppMode", "OnAppDisposing", "CallCancelled", "Capabilities", "RequestBody", "RequestHeaders", "RequestMethod", "RequestPath",
        "RequestPathBase", "RequestProtocol", "RequestQueryString", "RequestScheme", "ResponseBody", "ResponseHeaders",
        "ResponseStatusCode",

        // .NET and StackExchange.Redis.
        "AutoGenerateBindingRedirects", "DefineDynamicAssembly", "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "FileLoadException",
        "MissingMethodException", "PortablePdb", "Sleep", "AuthenticationFailure", "ResolveDns", "TrustIssuer",

        // The pattern of a test's name.
        "Subject_Condition_Outcome",
    ];

    [Fact]
    public void Pages_NamesInCode_Exist()
    {
        var pages = Directory.GetFiles(Path.Combine(Pages.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Pages.Root, "*.md"))
            .Append(Path.Combine(Pages.Root, "tests", "README.md"));
        var gone =
            from page in pages
            from span in Regex.Matches(Regex.Replace(File.ReadAllText(page), "```.*?```", "", RegexOptions.Singleline), "`([^`\n]+)`")
            from name in Regex.Matches(span.Groups[1].Value, @"(?<!-)" + Name + "…?")
            where !Exists(name.Value)
            select $"{Path.GetRelativePath(Pages.Root, page)}: {name.Value} in `{span.Groups[1].Value}`";

        Assert.Empty(gone);
    }

    [Fact]
    public void Comments_NamesOfTypesAndMembers_Exist()
    {
        var gone =
            from file in Sources("*.cs").Concat(Sources("*.lua"))
            from line in File.ReadAllLines(file).Select((text, index) => (Text: text, Number: index + 1))
            from comment in (Path.GetExtension(file) == ".lua" ? LuaComment : Comment).Matches(line.Text)
            from name in Regex.Matches(comment.Value, NameInProse)
                .Concat(Regex.Matches(comment.Value, $"(?<=<c>){Name}(?=</c>)"))
            where !Exists(name.Value)
            select $"{Path.GetRelativePath(Pages.Root, file)}:{line.Number}: {name.Value}";

        Assert.Empty(gone);
    }

    [Fact]
    public void NamesOfOthers_AreNamedByAPageOrAComment()
    {
        var text = string.Concat(
            Sources("*.cs").Concat(Sources("*.md"))
                .Where(static file => Path.GetFileNameWithoutExtension(file) != nameof(NamesOfTheCodeTests))
                .Select(File.ReadAllText));

        Assert.DoesNotContain(OfOthers, name => !Regex.IsMatch(text, $@"\b{name}\b"));
        Assert.Empty(OfOthers.Intersect(Known.Value));
    }

    // An ellipsis stands for the rest of a long name.
    private static bool Exists(string name) =>
        name.EndsWith('…')
            ? Known.Value.Any(known => known.StartsWith(name.TrimEnd('…'), StringComparison.Ordinal))
            : Known.Value.Contains(name) || OfOthers.Contains(name);

    private static HashSet<string> Identifiers()
    {
        var inCode = Sources("*.cs").SelectMany(File.ReadAllLines)
            .Select(line => Text.Replace(Comment.Replace(line, string.Empty), string.Empty));
        var inProjects = Sources("*.csproj").Concat(Sources("*.props")).Select(File.ReadAllText);
        var files = Sources("*").Select(file => Path.GetRelativePath(Pages.Root, file));
        return [.. inCode.Concat(inProjects).Concat(files).SelectMany(text => Regex.Matches(text, Name)).Select(match => match.Value)];
    }

    private static IEnumerable<string> Sources(string pattern) =>
        new[] { "src", "tests", "benchmarks", "samples", "docs", "eng" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Pages.Root, folder), pattern, SearchOption.AllDirectories))
            .Where(static file => !Regex.IsMatch(file, @"[\\/](bin|obj|node_modules|artifacts)[\\/]"))
            .Concat(Directory.GetFiles(Pages.Root, pattern));
}
#endif
