namespace RedisBackplane.Tool.Messages;

/// <summary>
/// Describes what a key (SignalR's signal) addresses. The prefixes are those of SignalR's PrefixHelper.
/// </summary>
internal static class SignalKey
{
    // Longer prefixes come first, because a shorter one may be their beginning.
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

    /// <summary>Describes a key: <c>group ChatHub.lobby</c>; the key itself if its kind is not known.</summary>
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
