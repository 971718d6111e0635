namespace RedisBackplane.Tool.Diagnosis;

/// <summary>The result of a check. It is written as one line of JSON.</summary>
/// <param name="Check">The name of the check, which <see cref="Doctor"/> sets.</param>
/// <param name="Advice">What to change and why; <see langword="null"/> if nothing.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Found, string? Advice = null)
{
    public static Finding Good(string found) => new(string.Empty, Verdict.Good, found);

    public static Finding Better(string found, string advice) => new(string.Empty, Verdict.Advice, found, advice);

    public static Finding Bad(string found, string advice) => new(string.Empty, Verdict.Problem, found, advice);

    public static Finding Unknown(string why) => new(string.Empty, Verdict.Unknown, why);
}

/// <summary>The verdict of a check.</summary>
internal enum Verdict
{
    Good,

    /// <summary>It works, but could be better, or is a choice that the operator should know of.</summary>
    Advice,

    /// <summary>The bus does not work with it, or loses messages.</summary>
    Problem,

    /// <summary>It could not be determined.</summary>
    Unknown,
}
