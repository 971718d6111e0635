using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace RedisBackplane.Tool.Output;

/// <summary>
/// Where a command writes: for people (colours only on a terminal, as NO_COLOR wants), or one JSON value a line for programs. Progress and
/// remarks go to the error stream, so that what is piped on is the answer alone.
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

    public Screen(TextWriter output, TextWriter error, bool isJson)
    {
        _output = output;
        _error = error;
        IsJson = isJson;
        People = Create(output, Console.IsOutputRedirected);
        Remarks = Create(error, Console.IsErrorRedirected);
    }

    public bool IsJson { get; }

    /// <summary>Text for people, on the output stream.</summary>
    public IAnsiConsole People { get; }

    /// <summary>Progress, on the error stream.</summary>
    public IAnsiConsole Remarks { get; }

    public void WriteJson<T>(T value) => _output.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>Says something that is not the answer.</summary>
    public void Remark(string text) => _error.WriteLine(text);

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        var isTerminal = !isRedirected && (ReferenceEquals(writer, Console.Out) || ReferenceEquals(writer, Console.Error));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            // Lines of a file are not broken at the width of a terminal that is not there.
            console.Profile.Width = 400;
        }

        return console;
    }
}
