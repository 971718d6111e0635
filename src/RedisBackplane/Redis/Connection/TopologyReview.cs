using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Makes the client library look up the servers and their roles, one review at a time. Without it, the client library
/// would send to the old master for up to 5 s after a promotion. Thread-safe.
/// </summary>
internal sealed class TopologyReview(string appName, ILogger logger, TimeProvider time)
{
    private int _isRunning;

    /// <summary>Begins a review in the background, unless one runs.</summary>
    public void Begin(IConnectionMultiplexer multiplexer)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            _ = RunAsync(multiplexer);
        }
    }

    private async Task RunAsync(IConnectionMultiplexer multiplexer)
    {
        try
        {
            await multiplexer.LookAtServersAsync(time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or InvalidOperationException)
        {
            // The code that needs the answer tries again, and reports its own error.
            ConnectionLog.LookFailed(logger, exception, appName);
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }
}
