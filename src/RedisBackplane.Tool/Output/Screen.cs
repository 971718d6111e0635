using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace RedisBackplane.Tool.Output;

/// <summary>
/// The output of a command: text for people (with colours only on a terminal, and not if NO_COLOR is set), or one JSON
/// value a line for programs. Progress and remarks go to the error stream, so that a pipe receives only the answer. All
/// text passes through <see cref="TerminalText"/>.
/// </summary>
internal sealed class Screen
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly bool _isTerminal;
    private readonly IAnsiConsole _people;

    public Screen(TextWriter output, TextWriter error, bool isJson)
    {
        _output = output;
        _error = error;
        IsJson = isJson;
        _isTerminal = !Console.IsOutputRedirected && ReferenceEquals(output, Console.Out);
        _people = Create(output, _isTerminal);
        Remarks = Create(error, !Console.IsErrorRedirected && ReferenceEquals(error, Console.Error));
    }

    public bool IsJson { get; }

    /// <summary>The option of every command that makes the screen write JSON.</summary>
    /// <param name="description">What the JSON contains.</param>
    public static Option<bool> JsonOption(string description) => new("--json", "-j") { Description = description };

    /// <summary>Progress, on the error stream. Only for the tool's own text.</summary>
    public IAnsiConsole Remarks { get; }

    /// <summary>Writes a line for people. It is wrapped only at the width of a terminal.</summary>
    public void WriteLine(params ReadOnlySpan<(string Text, Style? Style)> parts)
    {
        if (!_isTerminal)
        {
            foreach (var (text, _) in parts)
            {
                _output.Write(TerminalText.Escape(text));
            }

            _output.WriteLine();
            return;
        }

        var line = new Paragraph();
        foreach (var (text, style) in parts)
        {
            line.Append(TerminalText.Escape(text), style);
        }

        _people.Write(line);
        _people.WriteLine();
    }

    /// <summary>Writes a line without colours for people.</summary>
    public void WriteLine(string text) => WriteLine((text, null));

    /// <summary>Writes text for people, in indented lines.</summary>
    public void WriteIndented(string text, int left, Style style) =>
        _people.Write(new Padder(new Text(TerminalText.Escape(text), style)).Padding(left, 0, 0, 0));

    /// <summary>Writes a table of numbers for people.</summary>
    public void WriteTable(IEnumerable<string> heads, IEnumerable<IEnumerable<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var head in heads)
        {
            table.AddColumn(new TableColumn(new Text(TerminalText.Escape(head))).RightAligned());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(TerminalText.Escape(cell))));
        }

        _people.Write(table);
    }

    public void WriteJson<T>(T value) => _output.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>Writes a remark that is not part of the answer.</summary>
    public void Remark(string text) => _error.WriteLine(TerminalText.Escape(text));

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            // For tables and indented text. The width would be that of some other terminal.
            console.Profile.Width = 400;
        }

        return console;
    }
}
