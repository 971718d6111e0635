namespace Chat;

/// <summary>The command line is not valid; the message says why, in one sentence for the user.</summary>
internal sealed class UsageException(string message) : Exception(message);
