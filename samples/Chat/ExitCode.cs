namespace Chat;

internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The chat could not start here.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}
