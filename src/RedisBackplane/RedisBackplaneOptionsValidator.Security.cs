using RedisBackplane.Redis.Connection;
using StackExchange.Redis;

namespace RedisBackplane;

/// <content>The settings that contain secrets: no value is shown.</content>
public sealed partial class RedisBackplaneOptionsValidator
{
    private const int MaxKeys = 8;
    private const int LeastKeyLength = 32;
    private const int MaxKeyLength = 1024;

    private static void ValidateSecurity(RedisBackplaneOptions options, List<string> failures)
    {
        ValidateCredentials(options, failures);
        if (options.AuthenticationKeys is not { } keys)
        {
            failures.Add("AuthenticationKeys is null; it must be a list, which may be empty.");
            return;
        }

        Require(
            keys.Count <= MaxKeys,
            keys.Count, FormattableString.Invariant($"{MaxKeys} or less"), failures, "options.AuthenticationKeys.Count");
        for (var i = 0; i < keys.Count; i++)
        {
            var setting = FormattableString.Invariant($"AuthenticationKeys[{i}]");
            if (keys[i] is not { } key)
            {
                failures.Add($"{setting} is null.");
            }
            else if (key.Length is < LeastKeyLength or > MaxKeyLength)
            {
                failures.Add(FormattableString.Invariant(
                    $"{setting} has {key.Length} bytes; it must have from {LeastKeyLength} to {MaxKeyLength}."));
            }
            else if (key.All(value => value == key[0]))
            {
                failures.Add($"{setting} repeats one byte. A key must be random.");
            }
        }
    }

    private static void ValidateCredentials(RedisBackplaneOptions options, List<string> failures)
    {
        if (options.CredentialsProvider is null)
        {
            return;
        }

        if (options.Connection is not null || options.ConnectionFactory is not null)
        {
            failures.Add("CredentialsProvider is set, and the application makes the connection. It is for connections that the bus makes.");
        }

        var set = SetAmong(
            (nameof(options.User), !string.IsNullOrEmpty(options.User)),
            (nameof(options.Password), !string.IsNullOrEmpty(options.Password)),
            (nameof(options.ConfigurationOptions), HasCredentials(options.ConfigurationOptions)),
            (nameof(options.ConnectionString), HasCredentials(options.ConnectionString)),
            (nameof(options.ConnectionStrings), (options.ConnectionStrings ?? []).Any(HasCredentials)));
        if (set.Count > 0)
        {
            failures.Add($"CredentialsProvider is set, and {string.Join(" and ", set)} give a user or a password as well.");
        }
    }

    private static bool HasCredentials(string? connectionString) =>
        connectionString is not null
        && ConnectionText.TryParse(connectionString, out var configuration, out _)
        && HasCredentials(configuration);

    private static bool HasCredentials(ConfigurationOptions? configuration) =>
        configuration is not null && !(string.IsNullOrEmpty(configuration.User) && string.IsNullOrEmpty(configuration.Password));
}
