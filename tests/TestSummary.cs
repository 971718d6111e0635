#:property PublishAot=false

// Reads the results of a run of test.sh and prints the slowest tests, the skipped ones with their reasons, the failed
// ones with their messages, and last "N passed, N failed" (", N skipped" if some were). A run of tests is NAME.exit
// (its exit code) and NAME.trx (its results). One that ended badly without a failed test, or left no results, counts as
// one failure: its process crashed or hung.
using System.Globalization;
using System.Xml;
using System.Xml.Linq;

const int Slowest = 10;
const int NamesOfOneReason = 20;

var folder = args[0];
var tests = new List<TestOutcome>();
var broken = new List<string>();
foreach (var exit in Directory.GetFiles(folder, "*.exit").Order(StringComparer.Ordinal))
{
    var name = Path.GetFileNameWithoutExtension(exit);
    var (results, complaint) = ReadResults(Path.Combine(folder, name + ".trx"), name);
    tests.AddRange(results);
    var code = File.ReadAllText(exit).Trim();
    if (results.Count == 0 || (code != "0" && !results.Exists(test => test.Kind == Kind.Failed)))
    {
        broken.Add($"{name}: {results.Count} results and exit code {code}. {complaint} See {Path.Combine(folder, name + ".log")}");
    }
}

Section($"The {Slowest} slowest tests", tests
    .OrderByDescending(test => test.Duration)
    .Take(Slowest)
    .Select(test => string.Create(CultureInfo.InvariantCulture, $"{test.Duration.TotalSeconds,7:0.0} s  {test.Run}: {test.Name}")));
foreach (var reason in tests.Where(test => test.Kind == Kind.Skipped).GroupBy(test => test.Message, StringComparer.Ordinal))
{
    var names = reason.Select(test => $"{test.Run}: {test.Name}").ToArray();
    var more = names.Length > NamesOfOneReason ? [$"and {names.Length - NamesOfOneReason} more"] : Array.Empty<string>();
    Section($"Skipped: {reason.Key}", names.Take(NamesOfOneReason).Concat(more));
}

Section("Failed", tests
    .Where(test => test.Kind == Kind.Failed)
    .Select(test => $"{test.Run}: {test.Name}\n{test.Message}\n{test.Details}".TrimEnd().ReplaceLineEndings("\n      ")));
Section("Ended without saying why", broken);

var passed = tests.Count(test => test.Kind == Kind.Passed);
var failed = tests.Count(test => test.Kind == Kind.Failed) + broken.Count;
var skipped = tests.Count(test => test.Kind == Kind.Skipped);
Console.WriteLine($"{passed} passed, {failed} failed" + (skipped > 0 ? $", {skipped} skipped" : string.Empty));
return failed > 0 || passed == 0 ? 1 : 0;

static void Section(string title, IEnumerable<string> lines)
{
    var all = lines.ToArray();
    if (all.Length > 0)
    {
        Console.WriteLine($"{title}:\n  {string.Join("\n  ", all)}\n");
    }
}

static (List<TestOutcome> Results, string Complaint) ReadResults(string path, string run)
{
    if (!File.Exists(path))
    {
        return ([], "There is no file of results: its process crashed, or hung until it was ended.");
    }

    XDocument document;
    try
    {
        document = XDocument.Load(path);
    }
    catch (XmlException exception)
    {
        return ([], $"The file of results is damaged: {exception.Message}");
    }

    XNamespace ns = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    var results = document.Descendants(ns + "UnitTestResult").Select(result => new TestOutcome(
        run,
        (string?)result.Attribute("testName") ?? "a test without a name",
        (string?)result.Attribute("outcome") switch
        {
            "Passed" => Kind.Passed,
            "NotExecuted" => Kind.Skipped,
            _ => Kind.Failed,
        },
        TimeSpan.TryParse((string?)result.Attribute("duration"), CultureInfo.InvariantCulture, out var duration) ? duration : default,
        (result.Descendants(ns + "Message").FirstOrDefault() ?? result.Descendants(ns + "StdOut").FirstOrDefault())?.Value.Trim()
            ?? "no reason given",
        string.Join('\n', result.Descendants(ns + "StackTrace").Concat(result.Descendants(ns + "StdOut")).Select(part => part.Value))));
    var complaints = document.Descendants(ns + "RunInfo").Descendants(ns + "Text").Select(text => text.Value.Trim());
    return (results.ToList(), string.Join(' ', complaints));
}

internal enum Kind
{
    Passed,
    Failed,
    Skipped,
}

internal sealed record TestOutcome(string Run, string Name, Kind Kind, TimeSpan Duration, string Message, string Details);
