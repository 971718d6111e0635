namespace RedisBackplane.Tool;

/// <summary>Ends a command with a sentence for the person at the shell.</summary>
internal sealed class ToolException : Exception
{
    public ToolException(string message, int exitCode = ExitCodes.Unusable, Exception? innerException = null)
        : base(message, innerException) => ExitCode = exitCode;

    public int ExitCode { get; }
}
