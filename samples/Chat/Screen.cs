using Chat.Redis;
using StackExchange.Redis;

namespace Chat;

/// <summary>What the console shows.</summary>
internal static class Screen
{
    private const string Run = "dotnet run --project samples/Chat";

    // The terminal's colours that are nearest to the servers' colours on the page (wwwroot/css/base.css). The remainder
    // of the port selects one.
    private static readonly string[] ServerColours = ["32", "34", "31", "36", "33", "35"];

    private static readonly bool Coloured =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public static void Started(ChatOptions options, ChosenRedis redis)
    {
        var many = options.Ports.Count > 1;
        var next = options.Ports.Max() + 1;
        var app = options.AppName == ChatOptions.DefaultAppName ? string.Empty : $" --app {options.AppName}";

        Console.WriteLine();
        var what = many ? $"{options.Ports.Count} servers, one chat" : "one server of the chat";
        Console.WriteLine($"  {Bold("RedisBackplane chat")}  {Dim(what)}");
        Console.WriteLine();
        foreach (var port in options.Ports)
        {
            Console.WriteLine($"    {Paint("●", ServerColours[port % ServerColours.Length])} {Bold($"http://localhost:{port}")}");
        }

        Console.WriteLine();
        Row("Redis", Describe(redis));
        if (redis.Remark is { } remark)
        {
            Row(string.Empty, Dim(remark));
        }

        Row("Try", many
            ? "Open two of them in two windows, side by side; what you type in one appears in the other."
            : "Open the address, and another server's in a second window.");
        if (options.Lan)
        {
            Row("Phone", $"http://{LocalNetwork.Address()?.ToString() ?? Environment.MachineName}:{options.Ports[0]}");
        }

        Row("Watch", $"redis-cli{redis.CliArguments} SUBSCRIBE {InShell(redis.ChannelOf(options.AppName))}");
        Row("Break", redis.Source == RedisSource.Embedded
            ? "Press \"Stop Redis\" in the page's backplane panel, say something, and see it arrive when Redis is back."
            : "Stop Redis, or let it answer nothing for 10 s, and say something: the page's backplane panel shows it waiting.");
        if (redis.Source != RedisSource.Embedded)
        {
            Row(string.Empty, $"redis-cli{redis.CliArguments} CLIENT PAUSE 10000");
        }

        if (next <= 65535)
        {
            Row("Grow", $"{Run} --no-build -- --servers 1 --port {next}{RedisArgument(redis)}{app}");
            Row(string.Empty, Dim("one more server, in a process of its own"));
        }

        Console.WriteLine();
        Console.WriteLine($"  {Dim("Ctrl-C ends it; --help shows what else it can do.")}");
        Console.WriteLine();
    }

    public static void Ended() => Console.WriteLine($"  {Dim("Ended.")}");

    public static int Fail(string message, bool hint, int exitCode)
    {
        Console.Error.WriteLine(message);
        if (hint)
        {
            Console.Error.WriteLine($"{Run} -- --help  shows the options.");
        }

        return exitCode;
    }

    public static void Help() =>
        Console.WriteLine($$"""
            A chat on several servers, which Redis makes one.

            Usage: {{Run}} [-- options]

              -s, --servers N       how many servers run in this process: 1 to 20 (default: 2)
              -p, --port PORT       the first server's port; the others take the next ones (default: 5001)
                  --port P1,P2,...  or the port of every server
              -r, --redis ADDRESS   the Redis to use: HOST:PORT, or a connection string of StackExchange.Redis
              -e, --embedded        use the embedded server, even if a Redis is there
              -a, --app NAME        the name of the farm, which is its Redis channel (default: {{ChatOptions.DefaultAppName}})
              -l, --lan             listen on all network addresses, so that a phone can join (default: this machine only)
              -v, --verbose         show what the servers log
              -h, --help            show this

            Without --redis it takes the Redis in the environment variable {{ChatOptions.RedisVariable}}, else the one that
            answers on localhost:6379, else a server embedded in the process, so that nothing has to be installed.

            One server per process: start the first with --servers 1, and the others with --servers 1, another --port, and
            the --redis of the first, which it prints.

              {{Run}} -- --servers 3
              {{Run}} -- --redis redis.example.net:6379
              {{Run}} -- --servers 1 --port 5003 --redis localhost:6380

            The exit code is 0 after Ctrl-C, 1 if it cannot start, 2 if the options are wrong.
            """);

    private static string Describe(ChosenRedis redis) => redis.Source switch
    {
        RedisSource.CommandLine => $"{redis.Address}  {Dim("named by --redis")}",
        RedisSource.Environment => $"{redis.Address}  {Dim($"named by {ChatOptions.RedisVariable}")}",
        RedisSource.Found => $"{redis.Address}  {Dim("it answered there")}",
        _ => $"{redis.Address}  {Dim("embedded: it lives and ends with this process")}",
    };

    /// <summary>
    /// The argument that another process needs to find this Redis; none for the usual one. The user repeats what is
    /// more than an address.
    /// </summary>
    private static string RedisArgument(ChosenRedis redis) => redis.Source switch
    {
        RedisSource.Found or RedisSource.Environment => string.Empty,
        _ when IsAddress(redis.Configuration) => $" --redis {redis.Address}",
        _ => " --redis ...",
    };

    private static bool IsAddress(ConfigurationOptions redis) =>
        redis is { EndPoints.Count: 1, Ssl: false, DefaultDatabase: null or 0 }
        && string.IsNullOrEmpty(redis.User) && string.IsNullOrEmpty(redis.Password) && string.IsNullOrEmpty(redis.ServiceName);

    // A shell interprets braces.
    private static string InShell(string word) => word.Contains('{', StringComparison.Ordinal) ? $"\"{word}\"" : word;

    private static void Row(string label, string text) => Console.WriteLine($"  {Dim(label.PadRight(7))}{text}");

    private static string Bold(string text) => Paint(text, "1");

    private static string Dim(string text) => Paint(text, "2");

    private static string Paint(string text, string code) => Coloured && text.Length > 0 ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
