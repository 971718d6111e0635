namespace Chat;

/// <summary>The chat cannot start here; the message says why and what to do, for the user.</summary>
internal sealed class StartException : Exception
{
    public StartException(string message)
        : base(message)
    {
    }

    public StartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
