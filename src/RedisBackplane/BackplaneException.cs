namespace RedisBackplane;

/// <summary>
/// A message could not be sent through the backplane. The task of <c>Publish</c> fails with this exception; it is never
/// thrown synchronously.
/// </summary>
public class BackplaneException : Exception
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public BackplaneException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What happened, where, and for how long.</param>
    public BackplaneException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">What happened, where, and for how long.</param>
    /// <param name="innerException">The last error that Redis or its client reported.</param>
    public BackplaneException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
