using System.Globalization;

namespace Chat;

/// <summary>The options of the command line.</summary>
internal sealed record ChatOptions
{
    internal const string DefaultAppName = "Chat";
    internal const string RedisVariable = "REDIS_BACKPLANE_REDIS";

    private const int DefaultServers = 2;
    private const int MaxServers = 20;
    private const int DefaultPort = 5001;
    private const int MaxAppNameLength = 64;

    /// <summary>The port of each server.</summary>
    public IReadOnlyList<int> Ports { get; private init; } = [DefaultPort, DefaultPort + 1];

    /// <summary>
    /// <c>HOST:PORT</c> or a StackExchange.Redis connection string; <see langword="null"/>: look for one.
    /// </summary>
    public string? Redis { get; private init; }

    /// <summary>Use the embedded server, even if another one exists.</summary>
    public bool Embedded { get; private init; }

    /// <summary>The farm's name, which is its Redis channel.</summary>
    public string AppName { get; private init; } = DefaultAppName;

    /// <summary>Listen on every network address, not only on this machine's own.</summary>
    public bool Lan { get; private init; }

    /// <summary>Show what the servers log.</summary>
    public bool Verbose { get; private init; }

    /// <summary>Print the help and end.</summary>
    public bool Help { get; private init; }

    /// <exception cref="UsageException">
    /// An argument is unknown, incomplete or out of bounds; the message is for the user.
    /// </exception>
    public static ChatOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ChatOptions();
        int? servers = null;
        IReadOnlyList<int>? ports = null;
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var argument))
        {
            var (name, attached) = Split(argument);
            string Value() => attached ?? (rest.TryDequeue(out var next) ? next : throw new UsageException($"{name} needs a value."));
            switch (name)
            {
                case "-h" or "--help" or "-?" or "/?":
                    return new ChatOptions { Help = true };
                case "-s" or "--servers":
                    servers = Number(name, Value(), 1, MaxServers);
                    break;
                case "-p" or "--port" or "--ports":
                    ports = [.. Value().Split(',', StringSplitOptions.TrimEntries).Select(port => Number(name, port, 1, 65535))];
                    break;
                case "-r" or "--redis":
                    options = options with { Redis = NotEmpty(name, Value()) };
                    break;
                case "-a" or "--app":
                    options = options with { AppName = ValidAppName(name, Value()) };
                    break;
                case "-e" or "--embedded":
                    options = options with { Embedded = Flag(name, attached) };
                    break;
                case "-l" or "--lan":
                    options = options with { Lan = Flag(name, attached) };
                    break;
                case "-v" or "--verbose":
                    options = options with { Verbose = Flag(name, attached) };
                    break;
                default:
                    throw new UsageException($"'{argument}' is not an option of the chat.");
            }
        }

        if (options is { Embedded: true, Redis: not null })
        {
            throw new UsageException("--redis and --embedded name two different servers; give one of them.");
        }

        return options with { Ports = PortsOf(servers, ports) };
    }

    /// <summary>The ports from a first port and a count, or from a list.</summary>
    private static int[] PortsOf(int? servers, IReadOnlyList<int>? ports)
    {
        if (ports is { Count: > 1 })
        {
            if (servers is { } count && count != ports.Count)
            {
                throw new UsageException(
                    $"--servers {count} and --port with {ports.Count} ports do not agree; give one of them, or only the first port.");
            }

            if (ports.Count > MaxServers)
            {
                throw new UsageException($"--port names {ports.Count} ports; at most {MaxServers} servers run in one process.");
            }

            return ports.Distinct().Count() == ports.Count
                ? [.. ports]
                : throw new UsageException("--port names the same port twice.");
        }

        var first = ports is null ? DefaultPort : ports[0];
        // A single port does not say how many servers there are: two, unless --servers says otherwise.
        var last = first + (servers ?? DefaultServers) - 1;
        return last <= 65535
            ? [.. Enumerable.Range(first, last - first + 1)]
            : throw new UsageException($"{last - first + 1} servers from port {first} on would need port {last}; the last one is 65535.");
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static int Number(string name, string value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new UsageException($"{name} is '{value}'; it must be a number from {min} to {max}.");

    private static bool Flag(string name, string? attached) =>
        attached is null ? true : throw new UsageException($"{name} takes no value.");

    private static string NotEmpty(string name, string value) =>
        string.IsNullOrWhiteSpace(value) ? throw new UsageException($"{name} is empty.") : value;

    private static string ValidAppName(string name, string value) =>
        NotEmpty(name, value).Length <= MaxAppNameLength && !value.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '{' or '}')
            ? value
            : throw new UsageException(
                $"{name} is '{value}'; it names a Redis channel: up to {MaxAppNameLength} characters, no spaces, no braces.");
}
