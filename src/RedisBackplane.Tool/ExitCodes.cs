namespace RedisBackplane.Tool;

/// <summary>What the shell is told.</summary>
internal static class ExitCodes
{
    /// <summary>All is well.</summary>
    public const int Ok = 0;

    /// <summary>It ran, and what it found or did is not as it should be.</summary>
    public const int NotWell = 1;

    /// <summary>It could not run: wrong options, or no Redis there.</summary>
    public const int Unusable = 2;
}
