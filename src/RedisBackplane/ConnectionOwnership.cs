namespace RedisBackplane;

/// <summary>Who disposes a connection to Redis.</summary>
public enum ConnectionOwnership
{
    /// <summary>
    /// The bus disposes the connection when it is disposed itself, and may replace it when it no longer works.
    /// </summary>
    Owned,

    /// <summary>The connection belongs to the application; the bus neither disposes nor replaces it.</summary>
    Borrowed,
}
