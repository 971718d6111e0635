using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace RedisBackplane.AspNetCore.Services;

/// <summary>
/// Refuses a configuration section with a key that is no setting, and a list that cannot be read. The binder would
/// ignore them, and the default would be used. No value is shown.
/// </summary>
internal sealed class ConfigurationKeys(IConfiguration section)
{
    // Names that other libraries use. Misspelt names are found by their distance.
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Host"] = nameof(RedisBackplaneOptions.Server),
        ["HostName"] = nameof(RedisBackplaneOptions.Server),
        ["Address"] = nameof(RedisBackplaneOptions.Server),
        ["Endpoint"] = nameof(RedisBackplaneOptions.Server),
        ["Pwd"] = nameof(RedisBackplaneOptions.Password),
        ["UserName"] = nameof(RedisBackplaneOptions.User),
        ["Db"] = nameof(RedisBackplaneOptions.Database),
        ["DefaultDatabase"] = nameof(RedisBackplaneOptions.Database),
        ["UseSsl"] = nameof(RedisBackplaneOptions.Ssl),
        ["Tls"] = nameof(RedisBackplaneOptions.Ssl),
        ["Configuration"] = nameof(RedisBackplaneOptions.ConnectionString),
        ["Channel"] = nameof(RedisBackplaneOptions.AppName),
        ["ChannelPrefix"] = nameof(RedisBackplaneOptions.AppName),
        ["EventKey"] = nameof(RedisBackplaneOptions.AppName),
        ["MaxQueueLength"] = nameof(RedisBackplaneOptions.MaxQueueMessages),
    };

    private static readonly string[] Settings =
    [
        .. typeof(RedisBackplaneOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.CanWrite && IsText(property.PropertyType))
            .Select(static property => property.Name),
    ];

    private static readonly string[] Lists =
    [
        .. typeof(RedisBackplaneOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => IsList(property.PropertyType))
            .Select(static property => property.Name),
    ];

    /// <summary>
    /// Checks the keys. Call it before the section is bound, because the binder's own errors show values.
    /// </summary>
    /// <exception cref="OptionsValidationException">A key is no setting, or a list cannot be read.</exception>
    public void ThrowIfIgnored()
    {
        var failures = section.GetChildren().SelectMany(Faults).ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(RedisBackplaneOptions), failures);
        }
    }

    private static IEnumerable<string> Faults(IConfigurationSection child)
    {
        if (!Settings.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        {
            return
            [
                $"The configuration key '{child.Path}' is no setting of the backplane. Did you mean '{Nearest(child.Key)}'?",
            ];
        }

        if (Lists.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        {
            return FaultsOfList(child);
        }

        // The binder ignores keys below a single value, or fails with an error that does not name the setting.
        return child.GetChildren().Select(nested => Nested(nested, $"'{child.Key}' is a single value."));
    }

    private static IEnumerable<string> FaultsOfList(IConfigurationSection list)
    {
        if (!string.IsNullOrEmpty(list.Value))
        {
            yield return $"The configuration key '{list.Path}' has a single value, but it is a list. Write '{list.Path}:0'.";
        }

        foreach (var item in list.GetChildren())
        {
            foreach (var nested in item.GetChildren())
            {
                yield return Nested(nested, $"each item of '{list.Key}' is a single value.");
            }

            if (IsKeys(list) && !IsBase64(item.Value))
            {
                yield return $"The configuration key '{item.Path}' is not a key in Base64.";
            }
        }
    }

    private static string Nested(IConfigurationSection nested, string reason) =>
        $"The configuration key '{nested.Path}' is no setting of the backplane: {reason}";

    private static bool IsKeys(IConfigurationSection list) =>
        string.Equals(list.Key, nameof(RedisBackplaneOptions.AuthenticationKeys), StringComparison.OrdinalIgnoreCase);

    private static bool IsBase64(string? text) =>
        text is not null && Convert.TryFromBase64String(text, new byte[text.Length], out _);

    private static string Nearest(string key) =>
        OtherNames.TryGetValue(key, out var other) ? other : Settings.MinBy(setting => Distance(key, setting))!;

    // Types that a configuration can express. Other settings are objects, which only code can give.
    private static bool IsText(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan)
        || IsList(type);

    private static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>);

    // Levenshtein distance: the number of characters that must be added, removed or replaced.
    private static int Distance(string one, string two)
    {
        one = one.ToUpperInvariant();
        two = two.ToUpperInvariant();
        var before = Enumerable.Range(0, two.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var row = new int[two.Length + 1];
            row[0] = i;
            for (var j = 1; j <= two.Length; j++)
            {
                var replaced = before[j - 1] + (one[i - 1] == two[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(before[j], row[j - 1]) + 1);
            }

            before = row;
        }

        return before[^1];
    }
}
