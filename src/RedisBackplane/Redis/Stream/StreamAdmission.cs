namespace RedisBackplane.Redis.Stream;

/// <summary>
/// Asks the roster whether this server may use one stream, and remembers the reason if it may not. Thread-safe.
/// </summary>
internal sealed class StreamAdmission(RedisRoster roster, int stream)
{
    private volatile Exception? _refusal;

    /// <summary>Why this server may not use the stream yet, according to the last answer.</summary>
    public Exception? Refusal => _refusal;

    /// <inheritdoc cref="RedisRoster.AdmitAsync"/>
    public async Task PassAsync()
    {
        try
        {
            await roster.AdmitAsync(stream).ConfigureAwait(false);
            _refusal = null;
        }
        catch (BackplaneException exception)
        {
            _refusal = exception;
            throw;
        }
    }
}
