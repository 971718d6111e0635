using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Credentials from the application's callback. The bus calls it whenever it makes a connection, and again before the
/// credentials of the existing connections expire. All connections of a source get the latest credentials that Redis
/// accepts, and the client library uses them for its own reconnects. Thread-safe.
/// </summary>
internal sealed class RotatingCredentials(
    string appName, Func<CancellationToken, Task<RedisCredentials>> provider, ILogger logger, TimeProvider time) : IDisposable
{
    // A callback that never ends must not block the bus forever.
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);
    private const int MostDoublings = 5;

    private readonly object _gate = new();

    // A connection that its user has closed is forgotten when its memory is collected.
    private readonly List<(WeakReference<ConnectionMultiplexer> Connection, Defaults Credentials)> _connections = [];
    private CancellationTokenSource? _serving;
    private bool _isDisposed;

    /// <summary>
    /// Opens a connection with new credentials. From then on, until <see cref="Dispose"/>, it gets all later ones.
    /// </summary>
    public async Task<IConnectionMultiplexer> OpenAsync(ConfigurationOptions configuration, CancellationToken cancellationToken)
    {
        var credentials = await AskAsync(cancellationToken).ConfigureAwait(false);
        var defaults = new Defaults(credentials);

        // Fixes the value that the client library would use for these servers, because its defaults are replaced.
        configuration.Ssl = configuration.Ssl;
        configuration.User = null;
        configuration.Password = null;
        configuration.Defaults = defaults;
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
        Serve(multiplexer, defaults, credentials);
        return multiplexer;
    }

    /// <summary>Renews nothing any more. The connections belong to those who opened them.</summary>
    public void Dispose()
    {
        CancellationTokenSource? serving;
        lock (_gate)
        {
            _isDisposed = true;
            serving = _serving;
            _connections.Clear();
        }

        // Outside the lock, because callbacks that the application's provider left at the token run now.
        serving?.CancelGuarded(logger, appName);
    }

    /// <summary>
    /// How long credentials are used before new ones are requested: three quarters of their remaining time, but at most
    /// a day.
    /// </summary>
    internal static TimeSpan WaitFor(TimeSpan left) =>
        TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, Math.Max(LeastWait.Ticks, left.Ticks / 4 * 3)));

    private void Serve(ConnectionMultiplexer multiplexer, Defaults defaults, RedisCredentials credentials)
    {
        CancellationTokenSource? former;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            former = _serving;
            var serving = _serving = new CancellationTokenSource();
            var earlier = Connections();
            _connections.Add((new WeakReference<ConnectionMultiplexer>(multiplexer), defaults));
            _ = Task.Run(() => ServeAsync(earlier, credentials, serving), CancellationToken.None);
        }

        former?.CancelGuarded(logger, appName);
    }

    private async Task ServeAsync(List<Served> earlier, RedisCredentials latest, CancellationTokenSource serving)
    {
        try
        {
            // The credentials of earlier connections expire before the new ones, which Redis has just accepted.
            var areUsed = await TryUseAsync(latest, earlier, areKnownGood: true, serving.Token).ConfigureAwait(false);
            await RenewAsync(latest, areUsed, serving.Token).ConfigureAwait(false);
        }
        finally
        {
            // Not disposed, because another thread may cancel it at this moment. It has no timer.
            lock (_gate)
            {
                _serving = _serving == serving ? null : _serving;
            }
        }
    }

    private async Task RenewAsync(RedisCredentials current, bool areUsed, CancellationToken ended)
    {
        var failures = areUsed ? 0 : 1;
        while (!ended.IsCancellationRequested && (failures > 0 || current.ExpiresAt is not null))
        {
            var left = current.ExpiresAt is { } expiresAt ? expiresAt - time.GetUtcNow() : TimeSpan.MaxValue;
            await time.Wait(failures == 0 ? WaitFor(left) : RetryAfter(left, failures), ended).ConfigureAwait(false);
            if (await TryRenewAsync(current, ended).ConfigureAwait(false) is { } renewed)
            {
                (current, failures) = (renewed, 0);
            }
            else
            {
                failures++;
            }
        }
    }

    /// <summary>When to try again: sooner the less time is left, and less and less often when none is left.</summary>
    internal static TimeSpan RetryAfter(TimeSpan left, int failures)
    {
        var wait = left > TimeSpan.Zero ? WaitFor(left).Ticks : LeastWait.Ticks << Math.Min(failures, MostDoublings);
        return TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, wait));
    }

    /// <returns>The new credentials; null if there are none, or if Redis does not accept them.</returns>
    private async Task<RedisCredentials?> TryRenewAsync(RedisCredentials current, CancellationToken ended)
    {
        if (ended.IsCancellationRequested)
        {
            return null;
        }

        RedisCredentials renewed;
        try
        {
            renewed = await AskAsync(ended).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            NoteFailure(exception, ended);
            return null;
        }

        List<Served> connections;
        lock (_gate)
        {
            connections = Connections();
        }

        var areBetter = current.ExpiresAt <= time.GetUtcNow();
        return await TryUseAsync(renewed, connections, areBetter, ended).ConfigureAwait(false) ? renewed : null;
    }

    /// <summary>
    /// Authenticates connections again. With RESP2 the connection of the channel accepts no other command. It stays
    /// open until Redis closes it, and reconnects with the new credentials, as a server does that does not answer now.
    /// If all that answer refuse the credentials (the application has them before Redis), or if nobody answers, the old
    /// ones stay in use, also for reconnects.
    /// </summary>
    /// <param name="areKnownGood">Whether they are used even if nobody answers.</param>
    private async Task<bool> TryUseAsync(
        RedisCredentials credentials, List<Served> connections, bool areKnownGood, CancellationToken ended)
    {
        try
        {
            var failures = await Task.WhenAll(connections
                .SelectMany(static served => served.Connection.GetServers())
                .Where(static server => server.IsConnected)
                .Select(server => AuthenticateAsync(server, credentials))).ConfigureAwait(false);
            var areAccepted = failures.Contains(null) || connections.Count == 0;
            var refusal = failures.OfType<RedisServerException>().FirstOrDefault();
            lock (_gate)
            {
                // A connection that was opened in the meantime has later ones.
                if (!ended.IsCancellationRequested && (areAccepted || (refusal is null && areKnownGood)))
                {
                    connections.ForEach(served => served.Credentials.Current = credentials);
                }
            }

            if (refusal is not null || !areAccepted)
            {
                NoteFailure(refusal ?? failures.FirstOrDefault() ?? new BackplaneException("No Redis is connected."), ended);
                return false;
            }
        }
        catch (Exception exception)
        {
            NoteFailure(exception, ended);
            return false;
        }

        if (connections.Count > 0 && !ended.IsCancellationRequested)
        {
            ConnectionLog.CredentialsRenewed(logger, appName, credentials.ExpiresAt);
        }

        return true;
    }

    /// <returns>Why it failed; null if the server accepted the credentials.</returns>
    private async Task<Exception?> AuthenticateAsync(IServer server, RedisCredentials credentials)
    {
        try
        {
            var user = string.IsNullOrEmpty(credentials.User) ? "default" : credentials.User!;
            var call = server.ExecuteAsync("AUTH", user, credentials.Password);
            if (!await call.EndsWithin(Patience, time).ConfigureAwait(false))
            {
                return new TimeoutException($"Redis has not answered AUTH within {Patience.TotalSeconds} s.");
            }

            await call.ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private void NoteFailure(Exception exception, CancellationToken ended)
    {
        if (!ended.IsCancellationRequested)
        {
            ConnectionLog.CredentialsNotRenewed(logger, exception, appName);
        }
    }

    // Under the lock.
    private List<Served> Connections()
    {
        var found = new List<Served>();
        _connections.RemoveAll(served =>
        {
            if (!served.Connection.TryGetTarget(out var connection))
            {
                return true;
            }

            found.Add(new Served(connection, served.Credentials));
            return false;
        });
        return found;
    }

    private async Task<RedisCredentials> AskAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = time.Ask(() => provider(over.Token));
        if (!await answer.EndsWithin(Patience, time, cancellationToken).ConfigureAwait(false))
        {
            over.CancelGuarded(logger, appName);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackplaneException(
                $"The CredentialsProvider of the backplane '{appName}' returned nothing within {Patience.TotalSeconds} s.");
        }

        return await answer.ConfigureAwait(false)
            ?? throw new BackplaneException($"The CredentialsProvider of the backplane '{appName}' returned null.");
    }

    /// <summary>A connection, and what it asks for its credentials.</summary>
    private readonly record struct Served(ConnectionMultiplexer Connection, Defaults Credentials);

    /// <summary>
    /// StackExchange.Redis asks this object, at each connection, for a user and a password that the configuration does
    /// not contain.
    /// </summary>
    private sealed class Defaults(RedisCredentials credentials) : DefaultOptionsProvider
    {
        private RedisCredentials _current = credentials;

        public RedisCredentials Current
        {
            set => Volatile.Write(ref _current, value);
        }

        public override string? User => Volatile.Read(ref _current).User;

        public override string? Password => Volatile.Read(ref _current).Password;
    }
}
