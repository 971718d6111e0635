namespace RedisBackplane.Load;

/// <summary>What is measured.</summary>
internal enum Variant
{
    /// <summary>The bus of this library, with its defaults.</summary>
    Ours,

    /// <summary>The same without a history in Redis.</summary>
    OursNoHistory,

    /// <summary>
    /// The bus of another build (--baseline), to measure the effect of a change in one interleaved run.
    /// </summary>
    Baseline,

    /// <summary>A bus that works as the documentation of the official package says.</summary>
    Reference,

    /// <summary>
    /// StackExchange.Redis without SignalR: what the client library can do with one message at a time.
    /// </summary>
    Raw,

    /// <summary>The same with group commit: one PUBLISH for all that was published meanwhile.</summary>
    Grouped,
}

internal static class VariantNames
{
    private static readonly Dictionary<Variant, string> Names = new()
    {
        [Variant.Ours] = "ours",
        [Variant.OursNoHistory] = "ours-no-history",
        [Variant.Baseline] = "baseline",
        [Variant.Reference] = "reference",
        [Variant.Raw] = "raw",
        [Variant.Grouped] = "grouped",
    };

    public static string Name(this Variant variant) => Names[variant];

    public static bool TryParseAll(IEnumerable<string> names, out Variant[] variants)
    {
        var wanted = names.ToArray();
        variants = [.. Names.Where(pair => wanted.Contains(pair.Value)).Select(pair => pair.Key)];
        return variants.Length == wanted.Length && variants.Length > 0;
    }
}
