namespace RedisBackplane.Tool.Diagnosis;

/// <summary>What a check found. A line of JSON as it stands.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Verdict">How it is.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to change and why; <see langword="null"/> where nothing.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Found, string? Advice = null)
{
    public static Finding Good(string check, string found) => new(check, Verdict.Good, found);

    public static Finding Better(string check, string found, string advice) => new(check, Verdict.Advice, found, advice);

    public static Finding Bad(string check, string found, string advice) => new(check, Verdict.Problem, found, advice);

    public static Finding Unknown(string check, string why) => new(check, Verdict.Unknown, why);
}

/// <summary>How a thing is.</summary>
internal enum Verdict
{
    Good,

    /// <summary>It works; it could be better, or it is a choice to know of.</summary>
    Advice,

    /// <summary>The bus does not work so, or loses messages.</summary>
    Problem,

    /// <summary>It could not be found out.</summary>
    Unknown,
}
