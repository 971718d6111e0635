namespace RedisBackplane.Tool;

/// <summary>The exit codes for the shell.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It ran, and found or caused a problem.</summary>
    public const int NotWell = 1;

    /// <summary>It could not run: wrong options, or no Redis at the address.</summary>
    public const int Unusable = 2;
}
