namespace RedisBackplane.Tool.Messages;

/// <summary>
/// What a key (SignalR's signal) addresses, in words. The prefixes are those of SignalR's PrefixHelper.
/// </summary>
internal static class SignalKey
{
    // Longer prefixes first: one may begin with another.
    private static readonly (string Prefix, string Meaning)[] Prefixes =
    [
        ("__SIGNALR__SERVER__", "every server"),
        ("pcg-", "group of a connection class"),
        ("pcu-", "user of a connection class"),
        ("pcc-", "connection of a connection class"),
        ("pc-", "connection class"),
        ("hg-", "group"),
        ("hu-", "user"),
        ("hc-", "connection"),
        ("h-", "hub"),
        ("c-", "connection"),
        ("ack-", "acknowledgement"),
    ];

    /// <summary>A key in words: <c>group ChatHub.lobby</c>; the key itself where it is of no known kind.</summary>
    public static string Describe(string key)
    {
        foreach (var (prefix, meaning) in Prefixes)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                return key.Length == prefix.Length ? meaning : $"{meaning} {key[prefix.Length..]}";
            }
        }

        return key;
    }
}
