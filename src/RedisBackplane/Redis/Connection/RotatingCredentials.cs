using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Credentials from the application's callback. The bus calls it whenever it makes a connection, and again before the
/// credentials of the existing connections expire. All connections of a source get the latest credentials, and the
/// client library uses them for its own reconnects. Thread-safe.
/// </summary>
internal sealed class RotatingCredentials(
    string appName, Func<CancellationToken, Task<RedisCredentials>> provider, ILogger logger, TimeProvider time) : IDisposable
{
    // A callback that never ends must not block the bus forever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly Defaults _defaults = new();
    private readonly object _gate = new();

    // A connection that its user has closed is forgotten when its memory is collected.
    private readonly List<WeakReference<ConnectionMultiplexer>> _connections = [];
    private CancellationTokenSource? _serving;
    private bool _isDisposed;

    /// <summary>
    /// Opens a connection with new credentials. From then on, until <see cref="Dispose"/>, it gets all later ones.
    /// </summary>
    public async Task<IConnectionMultiplexer> OpenAsync(ConfigurationOptions configuration, CancellationToken cancellationToken)
    {
        _defaults.Current = await AskAsync(cancellationToken).ConfigureAwait(false);

        // Fixes the value that the client library would use for these servers, because its defaults are replaced.
        configuration.Ssl = configuration.Ssl;
        configuration.User = null;
        configuration.Password = null;
        configuration.Defaults = _defaults;
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
        Serve(multiplexer);
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

        Cancel(serving);
    }

    /// <summary>
    /// How long credentials are used before new ones are requested: three quarters of their remaining time, but at most
    /// a day.
    /// </summary>
    internal static TimeSpan WaitFor(TimeSpan left) =>
        TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, Math.Max(LeastWait.Ticks, left.Ticks / 4 * 3)));

    private void Serve(ConnectionMultiplexer multiplexer)
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
            _connections.Add(new WeakReference<ConnectionMultiplexer>(multiplexer));
            _ = Task.Run(() => ServeAsync(earlier, serving), CancellationToken.None);
        }

        Cancel(former);
    }

    // Outside the lock, because callbacks that the application's provider left at the token run now. They may throw.
    private void Cancel(CancellationTokenSource? serving)
    {
        try
        {
            serving?.Cancel();
        }
        catch (AggregateException exception)
        {
            ConnectionLog.CloseFailed(logger, exception, appName);
        }
    }

    private async Task ServeAsync(List<ConnectionMultiplexer> earlier, CancellationTokenSource serving)
    {
        try
        {
            // The credentials of earlier connections expire before the new ones.
            await TryAuthenticateAsync(earlier, serving.Token).ConfigureAwait(false);
            await RenewAsync(serving.Token).ConfigureAwait(false);
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

    private async Task RenewAsync(CancellationToken ended)
    {
        while (_defaults.Current.ExpiresAt is { } expiresAt && !ended.IsCancellationRequested)
        {
            var wait = WaitFor(expiresAt - time.GetUtcNow());
            await time.Wait(wait, ended).ConfigureAwait(false);
            while (!await TryRenewAsync(ended).ConfigureAwait(false))
            {
                var retry = TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, WaitFor(expiresAt - time.GetUtcNow()).Ticks));
                await time.Wait(retry, ended).ConfigureAwait(false);
            }
        }
    }

    /// <returns>Whether it succeeded, or is no longer needed.</returns>
    private async Task<bool> TryRenewAsync(CancellationToken ended)
    {
        if (ended.IsCancellationRequested)
        {
            return true;
        }

        List<ConnectionMultiplexer> connections;
        try
        {
            _defaults.Current = await AskAsync(ended).ConfigureAwait(false);
            lock (_gate)
            {
                connections = Connections();
            }
        }
        catch (Exception exception)
        {
            return Failed(exception, ended);
        }

        return await TryAuthenticateAsync(connections, ended).ConfigureAwait(false);
    }

    // With RESP2 the connection of the channel accepts no other command. It stays open until Redis closes it, and
    // reconnects with the new credentials. A server that does not answer must not delay the others.
    private async Task<bool> TryAuthenticateAsync(List<ConnectionMultiplexer> connections, CancellationToken ended)
    {
        try
        {
            var credentials = _defaults.Current;
            await Task.WhenAll(connections
                .SelectMany(static connection => connection.GetServers())
                .Where(static server => server.IsConnected)
                .Select(server => server.ExecuteAsync("AUTH", credentials.User ?? "default", credentials.Password)))
                .ConfigureAwait(false);
            if (connections.Count > 0)
            {
                ConnectionLog.CredentialsRenewed(logger, appName, credentials.ExpiresAt);
            }

            return true;
        }
        catch (Exception exception)
        {
            return Failed(exception, ended);
        }
    }

    private bool Failed(Exception exception, CancellationToken ended)
    {
        if (!ended.IsCancellationRequested)
        {
            ConnectionLog.CredentialsNotRenewed(logger, exception, appName);
        }

        return false;
    }

    // Under the lock.
    private List<ConnectionMultiplexer> Connections()
    {
        var found = new List<ConnectionMultiplexer>();
        _connections.RemoveAll(reference =>
        {
            if (!reference.TryGetTarget(out var connection))
            {
                return true;
            }

            found.Add(connection);
            return false;
        });
        return found;
    }

    private async Task<RedisCredentials> AskAsync(CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = provider(over.Token);
        if (!await answer.EndsWithin(Patience, time, cancellationToken).ConfigureAwait(false))
        {
            over.Cancel();
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackplaneException(
                $"The CredentialsProvider of the backplane '{appName}' returned nothing within {Patience.TotalSeconds} s.");
        }

        return await answer.ConfigureAwait(false)
            ?? throw new BackplaneException($"The CredentialsProvider of the backplane '{appName}' returned null.");
    }

    /// <summary>
    /// StackExchange.Redis asks this object, at each connection, for a user and a password that the configuration does
    /// not contain.
    /// </summary>
    private sealed class Defaults : DefaultOptionsProvider
    {
        private RedisCredentials? _current;

        public RedisCredentials Current
        {
            get => Volatile.Read(ref _current) ?? throw new InvalidOperationException("No credentials were requested yet.");
            set => Volatile.Write(ref _current, value);
        }

        public override string? User => Volatile.Read(ref _current)?.User;

        public override string? Password => Volatile.Read(ref _current)?.Password;
    }
}
