using Microsoft.Extensions.Logging;
using RedisBackplane.Timing;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace RedisBackplane.Redis.Connection;

/// <summary>
/// Credentials from the application's callback. The bus calls it whenever it makes a connection, and again for existing
/// connections before their credentials expire. The client library uses the latest credentials for its own reconnects.
/// Thread-safe.
/// </summary>
internal sealed class RotatingCredentials(
    string appName, Func<CancellationToken, Task<RedisCredentials>> provider, ILogger logger, TimeProvider time)
{
    // A callback that never ends must not block the bus forever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly Defaults _defaults = new();
    private readonly object _gate = new();
    private CancellationTokenSource? _serving;

    /// <summary>
    /// Opens a connection with new credentials, and renews them as long as it is the latest connection.
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

        var serving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_gate)
        {
            _serving?.Cancel();
            _serving = serving;
        }

        _ = Task.Run(() => ServeAsync(multiplexer, serving), CancellationToken.None);
        return multiplexer;
    }

    /// <summary>
    /// How long credentials are used before new ones are requested: three quarters of their remaining time, but at most
    /// a day.
    /// </summary>
    internal static TimeSpan WaitFor(TimeSpan left) =>
        TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, Math.Max(LeastWait.Ticks, left.Ticks / 4 * 3)));

    private async Task ServeAsync(ConnectionMultiplexer multiplexer, CancellationTokenSource serving)
    {
        try
        {
            await RenewAsync(multiplexer, serving.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _serving = _serving == serving ? null : _serving;
                serving.Dispose();
            }
        }
    }

    private async Task RenewAsync(ConnectionMultiplexer multiplexer, CancellationToken ended)
    {
        while (_defaults.Current.ExpiresAt is { } expiresAt && !ended.IsCancellationRequested)
        {
            var wait = WaitFor(expiresAt - time.GetUtcNow());
            await time.Wait(wait, ended).ConfigureAwait(false);
            while (!await TryRenewAsync(multiplexer, ended).ConfigureAwait(false))
            {
                var retry = TimeSpan.FromTicks(Math.Min(LongestRetry.Ticks, WaitFor(expiresAt - time.GetUtcNow()).Ticks));
                await time.Wait(retry, ended).ConfigureAwait(false);
            }
        }
    }

    /// <returns>Whether it succeeded, or is no longer needed.</returns>
    private async Task<bool> TryRenewAsync(ConnectionMultiplexer multiplexer, CancellationToken ended)
    {
        if (ended.IsCancellationRequested)
        {
            return true;
        }

        try
        {
            var credentials = await AskAsync(ended).ConfigureAwait(false);
            _defaults.Current = credentials;
            foreach (var server in multiplexer.GetServers())
            {
                // With RESP2 the connection of the channel accepts no other command. It stays open until Redis closes
                // it, and reconnects with the new credentials.
                if (server.IsConnected)
                {
                    await server.ExecuteAsync("AUTH", credentials.User ?? "default", credentials.Password).ConfigureAwait(false);
                }
            }

            ConnectionLog.CredentialsRenewed(logger, appName, credentials.ExpiresAt);
            return true;
        }
        catch (Exception exception)
        {
            if (!ended.IsCancellationRequested)
            {
                ConnectionLog.CredentialsNotRenewed(logger, exception, appName);
            }

            return false;
        }
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
