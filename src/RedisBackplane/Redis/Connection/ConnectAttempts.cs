using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Makes connections, and gives up an attempt that takes too long. A connection that arrives after that is disposed.
/// </summary>
internal sealed class ConnectAttempts(string appName, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan FactoryPatience = TimeSpan.FromMinutes(1);

    // An attempt has several steps, some of which wait for ConnectTimeout, and the system looks up names.
    private const int StepsOfAnAttempt = 10;
    private static readonly TimeSpan NameSlack = TimeSpan.FromSeconds(10);

    /// <remarks>
    /// On a cluster, the client library asks for the nodes before it begins to watch for time-outs. A server that goes
    /// silent then would leave the bus without a connection until the process ends.
    /// </remarks>
    /// <exception cref="TimeoutException">The client library has neither connected nor given up.</exception>
    public async Task<IConnectionMultiplexer> ConnectAsync(
        ConfigurationOptions configuration, RotatingCredentials? credentials, CancellationToken cancellationToken)
    {
        var sockets = new AttemptSockets();
        configuration.BeforeSocketConnect += (_, _, socket) => sockets.Add(socket);
        var limit = TimeSpan.FromMilliseconds((double)StepsOfAnAttempt * configuration.ConnectTimeout) + NameSlack
            + (credentials is null ? TimeSpan.Zero : RotatingCredentials.Patience);
        var attempt = OpenAsync(configuration, credentials, cancellationToken);
        if (await attempt.EndsWithin(limit, time, cancellationToken).ConfigureAwait(false))
        {
            // The client library may forget sockets of an attempt that fails.
            if (attempt.Status == TaskStatus.RanToCompletion)
            {
                sockets.Release();
            }
            else
            {
                sockets.GiveUp();
            }

            return await attempt.ConfigureAwait(false);
        }

        EndLate(attempt);
        sockets.GiveUp();
        cancellationToken.ThrowIfCancellationRequested();
        throw new TimeoutException(
            FormattableString.Invariant($"The client library has neither connected nor given up within {limit.TotalSeconds:0} s."));
    }

    /// <summary>Lets the application make a connection.</summary>
    /// <param name="factory">The application's; it may throw, block, or return nothing.</param>
    /// <param name="ownership">Whether the bus disposes a connection that arrives too late.</param>
    /// <exception cref="BackplaneException">It made none.</exception>
    public async Task<IConnectionMultiplexer> AskAsync(
        Func<CancellationToken, Task<IConnectionMultiplexer>> factory, ConnectionOwnership ownership, CancellationToken cancellationToken)
    {
        // The factory may leave a callback at the token, which must not run when the bus is disposed later.
        using var whileItRuns = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = time.Ask(() => factory(whileItRuns.Token));
        if (!await answer.EndsWithin(FactoryPatience, time, CancellationToken.None).ConfigureAwait(false))
        {
            if (ownership == ConnectionOwnership.Owned)
            {
                EndLate(answer);
            }

            whileItRuns.CancelGuarded(logger, appName);
            throw new BackplaneException(
                $"The ConnectionFactory of the application has made no connection within {FactoryPatience.TotalSeconds} s.");
        }

        var made = await answer.ConfigureAwait(false);
        return made ?? throw new BackplaneException("The ConnectionFactory of the application returned null.");
    }

    private static async Task<IConnectionMultiplexer> OpenAsync(
        ConfigurationOptions configuration, RotatingCredentials? credentials, CancellationToken cancellationToken)
    {
        var reasons = new ConnectReasons();
        configuration.LoggerFactory ??= reasons;
        try
        {
            return credentials is null
                ? await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false)
                : await credentials.OpenAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisConnectionException exception)
        {
            await reasons.AskAsync(configuration).ConfigureAwait(false);
            throw reasons.Explain(exception);
        }
    }

    private void EndLate<T>(Task<T> attempt)
        where T : IConnectionMultiplexer? => _ = attempt.ContinueWith(
        late => late.Result?.End(logger, appName),
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnRanToCompletion,
        TaskScheduler.Default);
}
