using System.CommandLine;
using System.Text.RegularExpressions;

namespace RedisBackplane.Tool.Messages;

/// <summary>Selects the messages to show.</summary>
internal sealed class MessageFilter
{
    private static readonly Option<string?> KeyOption = new("--key", "-k")
    {
        Description = "only keys that match; * stands for anything, as in hg-ChatHub.*",
        HelpName = "PATTERN",
    };

    private static readonly Option<string?> ServerOption = new("--server", "-s")
    {
        Description = "only messages of one server, by the beginning of its name (MACHINE:PROCESS) or of its publisher id",
        HelpName = "NAME",
    };

    private static readonly Option<bool> NoValuesOption = new("--no-values") { Description = "hides the content of the messages" };

    private readonly Regex? _key;
    private readonly string? _server;

    public MessageFilter(string? keyPattern, string? server, bool withValues)
    {
        _key = keyPattern is null
            ? null
            : new Regex(
                "^" + Regex.Escape(keyPattern).Replace(@"\*", ".*", StringComparison.Ordinal) + "$",
                RegexOptions.CultureInvariant | RegexOptions.Singleline);
        _server = server;
        WithValues = withValues;
    }

    public bool WithValues { get; }

    public static void AddTo(Command command)
    {
        command.Add(KeyOption);
        command.Add(ServerOption);
        command.Add(NoValuesOption);
    }

    public static MessageFilter Read(ParseResult parsed) =>
        new(parsed.GetValue(KeyOption), parsed.GetValue(ServerOption), !parsed.GetValue(NoValuesOption));

    public bool Wants(SeenMessage message) =>
        (_key is null || _key.IsMatch(message.Key))
        && (_server is null || IsOf(message.Publisher) || (message.Server is { } name && IsOf(name)));

    private bool IsOf(string name) => name.StartsWith(_server!, StringComparison.OrdinalIgnoreCase);
}
