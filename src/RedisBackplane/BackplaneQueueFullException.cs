namespace RedisBackplane;

/// <summary>
/// The send queue is full (<see cref="RedisBackplaneOptions.MaxQueueMessages"/>,
/// <see cref="RedisBackplaneOptions.MaxQueueBytes"/>), because Redis is away or slower than the application publishes.
/// The message was not sent, and will not be sent.
/// </summary>
public sealed class BackplaneQueueFullException : BackplaneException
{
    /// <inheritdoc cref="BackplaneException()"/>
    public BackplaneQueueFullException()
    {
    }

    /// <inheritdoc cref="BackplaneException(string)"/>
    public BackplaneQueueFullException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="BackplaneException(string, Exception)"/>
    public BackplaneQueueFullException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
