using System.CommandLine;

namespace RedisBackplane.Tool.Farms;

/// <summary>The options for the Redis and the farm. Every command has them.</summary>
internal static class FarmOptions
{
    public const string RedisVariable = "REDIS_BACKPLANE_REDIS";
    public const string PasswordVariable = "REDIS_BACKPLANE_PASSWORD";
    public const string KeyVariable = "REDIS_BACKPLANE_KEY";
    private const string DefaultRedis = "localhost:6379";

    private static readonly Option<string?> Redis = new("--redis", "-r")
    {
        Description = $"HOST:PORT, or a StackExchange.Redis connection string (default: {RedisVariable}, else {DefaultRedis})",
        HelpName = "ADDRESS",
        Recursive = true,
    };

    private static readonly Option<string?> App = new("--app", "-a")
    {
        Description = "the farm: the AppName of its servers, which is the Redis channel",
        HelpName = "NAME",
        Recursive = true,
    };

    private static readonly Option<int> Database = new("--database", "-d")
    {
        Description = "the Redis database that holds the keys",
        HelpName = "N",
        Recursive = true,
    };

    private static readonly Option<string?> User = new("--user")
    {
        Description = $"the ACL user; its password comes from {PasswordVariable}",
        HelpName = "NAME",
        Recursive = true,
    };

    public static void AddTo(RootCommand root)
    {
        root.Add(Redis);
        root.Add(App);
        root.Add(Database);
        root.Add(User);
    }

    /// <summary>The farm of the command line.</summary>
    /// <exception cref="ToolException">The command line names none.</exception>
    public static FarmAddress ReadFarm(ParseResult parsed) => Read(
        parsed,
        parsed.GetValue(App) is { Length: > 0 } app
            ? app
            : throw new ToolException("Which farm? Name it with --app: the AppName of its servers."));

    /// <summary>The Redis of the command line, with a farm that belongs to the command.</summary>
    /// <exception cref="ToolException">The command line names a farm.</exception>
    public static FarmAddress ReadRedis(ParseResult parsed, string ownApp) => parsed.GetValue(App) is { Length: > 0 } app
        ? throw new ToolException(
            $"{parsed.CommandResult.Command.Name} uses a farm of its own, and deletes its keys at the end: leave out --app {app}.")
        : Read(parsed, ownApp);

    private static FarmAddress Read(ParseResult parsed, string appName) => FarmAddress.Parse(
        parsed.GetValue(Redis) ?? (Environment.GetEnvironmentVariable(RedisVariable) is { Length: > 0 } given ? given : DefaultRedis),
        appName,
        parsed.GetValue(Database),
        parsed.GetValue(User),
        Environment.GetEnvironmentVariable(PasswordVariable),
        ReadKey(Environment.GetEnvironmentVariable(KeyVariable)));

    private static byte[]? ReadKey(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : Convert.FromBase64String(text);
        }
        catch (FormatException exception)
        {
            throw new ToolException($"{KeyVariable} is not Base64.", innerException: exception);
        }
    }
}
