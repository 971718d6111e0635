namespace RedisBackplane;

/// <content>The settings that hold secrets: no value is shown.</content>
public sealed partial class RedisBackplaneOptionsValidator
{
    private const int MaxKeys = 8;
    private const int LeastKeyLength = 32;
    private const int MaxKeyLength = 1024;

    private static void ValidateSecurity(RedisBackplaneOptions options, List<string> failures)
    {
        if (options.AuthenticationKeys is not { } keys)
        {
            failures.Add("AuthenticationKeys is null; it must be a list, which may be empty.");
            return;
        }

        Require(keys.Count <= MaxKeys, "AuthenticationKeys.Count", keys.Count, FormattableString.Invariant($"{MaxKeys} or less"), failures);
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
}
