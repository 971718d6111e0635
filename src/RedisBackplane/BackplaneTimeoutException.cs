namespace RedisBackplane;

/// <summary>
/// A message waited for Redis longer than <see cref="RedisBackplaneOptions.PublishTimeout"/>. It may have been
/// delivered all the same: Redis may have stored it while its answer was lost.
/// </summary>
public sealed class BackplaneTimeoutException : BackplaneException
{
    /// <inheritdoc cref="BackplaneException()"/>
    public BackplaneTimeoutException()
    {
    }

    /// <inheritdoc cref="BackplaneException(string)"/>
    public BackplaneTimeoutException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="BackplaneException(string, Exception)"/>
    public BackplaneTimeoutException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
