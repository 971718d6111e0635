using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using RedisBackplane.Redis.Connection;
using RedisBackplane.Redis.Stream;
using StackExchange.Redis;

namespace RedisBackplane;

/// <summary>
/// Refuses settings that cannot work, and names the setting and its value, but never a password. <c>UseRedis</c>
/// applies it at start-up. With Microsoft.Extensions.Options it is registered like any other
/// <see cref="IValidateOptions{TOptions}"/>. Stateless and thread-safe.
/// </summary>
public sealed partial class RedisBackplaneOptionsValidator : IValidateOptions<RedisBackplaneOptions>
{
    private const int MaxAppNameLength = 256;
    private const int MaxDatabase = 65535;

    // A server that starts looks for the beginning of the history, segment by segment.
    private const long LargestHistory = 1L << 40;

    private static readonly Regex ConnectionSetting = new(@"password\s*=|://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Checks every setting, and reports everything that is wrong at once.</summary>
    /// <param name="name">The name of the options instance; not used.</param>
    /// <param name="options">The settings to check.</param>
    /// <returns>Success, or one sentence for each setting that is wrong.</returns>
    public ValidateOptionsResult Validate(string? name, RedisBackplaneOptions options)
    {
        _ = options ?? throw new ArgumentNullException(nameof(options));
        var failures = new List<string>();
        ValidateAppName(options.AppName, failures);
        ValidateConnection(options, failures);
        ValidateBounds(options, failures);
        ValidateSecurity(options, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    internal static void ThrowIfInvalid(RedisBackplaneOptions options)
    {
        var result = new RedisBackplaneOptionsValidator().Validate(null, options);
        if (result.Failed)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(RedisBackplaneOptions), result.Failures);
        }
    }

    private static void ValidateAppName(string? appName, List<string> failures)
    {
        if (string.IsNullOrWhiteSpace(appName))
        {
            failures.Add("AppName is empty. It names the Redis channel that the servers of the farm share.");
            return;
        }

        if (ConnectionSetting.IsMatch(appName))
        {
            failures.Add("AppName is a connection string: the arguments were swapped, or it belongs into ConnectionString. "
                + "(It is not shown: it may hold a password.)");
            return;
        }

        if (appName!.Length > MaxAppNameLength)
        {
            failures.Add($"AppName has {appName.Length} characters; at most {MaxAppNameLength} are allowed.");
        }

        // The name is not shown: if the arguments were swapped, it is a password.
        var at = appName.TakeWhile(static c => !char.IsControl(c) && c is not ('{' or '}')).Count();
        if (at < appName.Length)
        {
            failures.Add(
                FormattableString.Invariant($"AppName holds the character U+{(int)appName[at]:X4} at index {at}. ")
                + "Control characters and braces are not allowed: the name becomes the hash tag of the bus's Redis keys.");
        }
    }

    private static void ValidateConnection(RedisBackplaneOptions options, List<string> failures)
    {
        var simple = string.Join("/", SimpleSettings(options));
        var ways = SetAmong(
            (simple, simple.Length > 0),
            (nameof(options.ConnectionString), options.ConnectionString is not null),
            (nameof(options.ConnectionStrings), options.ConnectionStrings is not null),
            (nameof(options.ConfigurationOptions), options.ConfigurationOptions is not null),
            (nameof(options.ConnectionFactory), options.ConnectionFactory is not null),
            (nameof(options.Connection), options.Connection is not null));
        if (ways.Count > 1)
        {
            failures.Add($"{string.Join(" and ", ways)} are set together; name the Redis in one way only.");
        }

        if (string.IsNullOrWhiteSpace(options.Server))
        {
            failures.Add("Server is empty. It is the host name or address of the Redis server.");
        }
        else if (!ConnectionText.IsHost(options.Server))
        {
            // The value is not shown, because a connection string in the wrong place may contain a password.
            failures.Add(
                "Server is not a host name or an address alone. A port belongs into Port, a connection string into ConnectionString.");
        }

        Between(options.Port, 1, 65535, failures);
        Between(options.Database, 0, MaxDatabase, failures);
        Require(
            options.ConnectionFactoryOwnership is ConnectionOwnership.Owned or ConnectionOwnership.Borrowed,
            options.ConnectionFactoryOwnership, "Owned or Borrowed", failures);
        ValidateConfiguration(options, failures);
        ValidateServers(options, failures);
    }

    private static void ValidateServers(RedisBackplaneOptions options, List<string> failures)
    {
        Between(options.StreamCount, 1, RedisBackplaneOptions.MaxStreamCount, failures);
        failures.AddRange(StreamFormats.Of(options.WireFormat).ObjectionsTo(options));
        if (options.ConnectionStrings is not { } servers)
        {
            return;
        }

        if (servers.Count == 0)
        {
            failures.Add("ConnectionStrings is empty. It lists the Redis servers that share the streams.");
        }
        else if (servers.Count > options.StreamCount)
        {
            failures.Add(
                FormattableString.Invariant($"ConnectionStrings lists {servers.Count} servers, and StreamCount is {options.StreamCount}: ")
                + FormattableString.Invariant($"some would carry no stream. StreamCount must be {servers.Count} or more."));
        }

        for (var i = 0; i < servers.Count; i++)
        {
            var setting = FormattableString.Invariant($"{nameof(options.ConnectionStrings)}[{i}]");
            if (string.IsNullOrWhiteSpace(servers[i]))
            {
                failures.Add($"{setting} is empty.");
            }
            else if (servers.IndexOf(servers[i]) < i)
            {
                failures.Add(
                    $"{setting} is the same as {nameof(options.ConnectionStrings)}["
                    + FormattableString.Invariant($"{servers.IndexOf(servers[i])}]; each server is listed once."));
            }
            else
            {
                ValidateConnectionString(options, setting, servers[i], failures);
            }
        }
    }

    private static void ValidateConnectionString(RedisBackplaneOptions options, string setting, string text, List<string> failures)
    {
        if (ConnectionText.TryParse(text, out var configuration, out var fault))
        {
            ValidateConfiguration(options, setting, configuration, failures);
        }
        else
        {
            failures.Add($"{setting} {fault}. (It is not shown: it may hold a password.)");
        }
    }

    private static void ValidateConfiguration(RedisBackplaneOptions options, List<string> failures)
    {
        if (options.Connection is { Configuration: { Length: > 0 } live })
        {
            // It is already connected, whatever its names are.
            if (ConnectionText.TryParse(live, out var configuration, out _))
            {
                // The bus names its database with each call.
                configuration.DefaultDatabase = null;
                ValidateConfiguration(options, nameof(options.Connection), configuration, failures);
            }
        }
        else if (options.ConnectionString is not null)
        {
            ValidateConnectionString(options, nameof(options.ConnectionString), options.ConnectionString, failures);
        }
        else if (options.ConfigurationOptions is not null)
        {
            ValidateConfiguration(options, nameof(options.ConfigurationOptions), options.ConfigurationOptions, failures);
        }
    }

    private static void ValidateConfiguration(
        RedisBackplaneOptions options, string setting, ConfigurationOptions configuration, List<string> failures)
    {
        if (ConnectionText.FaultOf(configuration.EndPoints) is { } fault)
        {
            failures.Add($"{setting} {fault}.");
        }

        if (!string.IsNullOrEmpty((string?)configuration.ChannelPrefix))
        {
            failures.Add(
                $"{setting} contains a channelPrefix. The bus publishes from a script, which adds no prefix: "
                + "nobody would receive its messages. AppName separates applications.");
        }

        if (configuration.DefaultDatabase is < 0 or > MaxDatabase)
        {
            failures.Add(FormattableString.Invariant(
                $"The default database in {setting} is {configuration.DefaultDatabase}; it must be from 0 to {MaxDatabase}."));
        }
        else if (options.Database != 0 && configuration.DefaultDatabase is { } database && database != options.Database)
        {
            failures.Add($"Database {options.Database} and the default database {database} in {setting} differ.");
        }
    }

    private static void ValidateBounds(RedisBackplaneOptions options, List<string> failures)
    {
        Between(options.MaxBatchMessages, 1, 65536, failures);
        Require(
            options.MaxBatchBytes is >= 1024 and <= 64 * 1024 * 1024,
            options.MaxBatchBytes, "from 1024 (1 KiB) to 67108864 (64 MiB)", failures);
        Require(
            options.MaxMessageBytes is >= 1024 and <= 512 * 1024 * 1024,
            options.MaxMessageBytes, "from 1024 (1 KiB) to 536870912 (512 MiB)", failures);
        Between(options.MaxCallsInFlight, 1, 32, failures);
        Require(options.MaxQueueMessages >= 1, options.MaxQueueMessages, "1 or more", failures);
        Require(options.MaxQueueBytes >= 1024, options.MaxQueueBytes, "1024 (1 KiB) or more", failures);
        Require(options.MaxLogMessages >= 1, options.MaxLogMessages, "1 or more", failures);
        Require(options.MaxLogBytes >= 64 * 1024, options.MaxLogBytes, "65536 (64 KiB) or more", failures);
        Require(
            options.PublishTimeout >= TimeSpan.FromMilliseconds(100) && options.PublishTimeout <= TimeSpan.FromHours(1),
            options.PublishTimeout, "from 100 ms to 1 hour", failures);
        Require(
            options.HistoryMaxBytes is 0 or (>= 64 * 1024 and <= LargestHistory),
            options.HistoryMaxBytes, "0 (no history), or from 65536 (64 KiB) to 1099511627776 (1024 GiB)", failures);
        Require(
            options.HistoryTimeToLive >= TimeSpan.FromSeconds(1) && options.HistoryTimeToLive <= TimeSpan.FromDays(30),
            options.HistoryTimeToLive, "from 1 second to 30 days", failures);
        Require(
            options.QueuePolicy is QueuePolicy.Wait or QueuePolicy.FailFast or QueuePolicy.DropOldest,
            options.QueuePolicy, "Wait, FailFast or DropOldest", failures);
        Require(
            options.ShardedPubSub is ShardedPubSub.Auto or ShardedPubSub.On or ShardedPubSub.Off,
            options.ShardedPubSub, "Auto, On or Off", failures);
        Require(options.WireFormat is WireFormat.Current or WireFormat.Legacy, options.WireFormat, "Current or Legacy", failures);
        Require(options.RepublishMaxBytes >= 0, options.RepublishMaxBytes, "0 or more", failures);
        Require(
            options.RepublishWindow >= TimeSpan.Zero && options.RepublishWindow <= TimeSpan.FromMinutes(5),
            options.RepublishWindow, "from 0 to 5 minutes", failures);
        Between(options.WaitForReplicas, 0, 16, failures);
        Require(
            options.LivenessTimeout >= TimeSpan.FromMilliseconds(500) && options.LivenessTimeout <= TimeSpan.FromMinutes(1),
            options.LivenessTimeout, "from 500 ms to 1 minute", failures);
        Require(
            options.ShutdownTimeout >= TimeSpan.Zero && options.ShutdownTimeout <= TimeSpan.FromMinutes(1),
            options.ShutdownTimeout, "from 0 to 1 minute", failures);
    }

    private static List<string> SimpleSettings(RedisBackplaneOptions options) => SetAmong(
        (nameof(options.Server), options.Server is not (null or RedisBackplaneOptions.DefaultServer)),
        (nameof(options.Port), options.Port != RedisBackplaneOptions.DefaultPort),
        (nameof(options.User), !string.IsNullOrEmpty(options.User)),
        (nameof(options.Password), !string.IsNullOrEmpty(options.Password)),
        (nameof(options.Ssl), options.Ssl));

    private static List<string> SetAmong(params (string Setting, bool IsSet)[] settings) =>
        [.. settings.Where(static setting => setting.IsSet).Select(static setting => setting.Setting)];

    private static void Between(
        int value, int least, int most, List<string> failures, [CallerArgumentExpression(nameof(value))] string setting = "") =>
        Require(value >= least && value <= most, value, FormattableString.Invariant($"from {least} to {most}"), failures, setting);

    /// <param name="setting">The expression of the value, which ends with the name of the setting.</param>
    private static void Require<T>(
        bool holds, T value, string bounds, List<string> failures, [CallerArgumentExpression(nameof(value))] string setting = "")
    {
        if (!holds)
        {
            var name = setting.Substring(setting.IndexOf('.') + 1);
            failures.Add(FormattableString.Invariant($"{name} is {value}; it must be {bounds}."));
        }
    }
}
