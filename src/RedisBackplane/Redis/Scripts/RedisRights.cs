using System.Globalization;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Scripts;

/// <summary>
/// The rights that the Redis user of a farm needs. If Redis refuses a call, it finds out which right is missing,
/// because the answer of Redis often does not name it.
/// </summary>
/// <param name="keys">The right to all keys, in the form of an ACL rule.</param>
/// <param name="channel">The right to the channel, in the same form.</param>
internal sealed class RedisRights(string appName, string keys, string channel)
{
    // Redis 6, Redis 7 and their successors use different words: "NOPERM this user has no permissions to run the 'get'
    // command", "NOPERM User bus has no permissions to run the 'client|setname' command", "ERR ACL failure in script:
    // User bus has no permissions to run the 'xadd' command …".
    private static readonly Regex NamedCommand = new(@"no permissions? to run the '([^']+)' command", RegexOptions.CultureInvariant);

    // "ERR The user executing the script can't run this command or subcommand script: 48cb…, on @user_script:28."
    private static readonly Regex LineOfScript = new(@"@?user_script:\s*(\d+)", RegexOptions.CultureInvariant);
    private static readonly Regex CallInScript = new(@"redis\.p?call\('(\w+)'", RegexOptions.CultureInvariant);

    // The mark that our scripts add if they handle an error themselves.
    private static readonly Regex MarkOfScript = new(@"\((\w+)\)$", RegexOptions.CultureInvariant);

    public string Keys { get; } = keys;

    public string Channel { get; } = channel;

    /// <returns>
    /// An exception that names the missing right; <see langword="null"/> if Redis refused for another reason.
    /// </returns>
    public BackplaneException? Explain(RedisServerException exception, string? script = null) =>
        Missing(exception.Message, script) is { } right
            ? new BackplaneException(
                $"The Redis user of the backplane '{appName}' lacks the right {right} "
                + $"(docs/security.md has all that it needs). Redis said: {exception.Message}",
                exception)
            : null;

    private string? Missing(string text, string? script)
    {
        var isOfScript = text.Contains("user executing the script can't") || text.Contains("ACL failure in script");
        if (!isOfScript && !text.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            return null;
        }

        if (NamedCommand.Match(text) is { Success: true } named)
        {
            return "+" + named.Groups[1].Value.ToLowerInvariant();
        }

        if (text.Contains("channel"))
        {
            return Channel;
        }

        return text.Contains("key") ? Keys : CommandAt(text, script) is { } command ? "+" + command.ToLowerInvariant() : null;
    }

    private static string? CommandAt(string text, string? script)
    {
        if (MarkOfScript.Match(text) is { Success: true } mark)
        {
            return mark.Groups[1].Value;
        }

        if (script is null || LineOfScript.Match(text) is not { Success: true } place)
        {
            return null;
        }

        var number = int.Parse(place.Groups[1].Value, CultureInfo.InvariantCulture);
        var line = script.Split('\n').ElementAtOrDefault(number - 1) ?? string.Empty;
        return CallInScript.Match(line) is { Success: true } call ? call.Groups[1].Value : null;
    }
}
