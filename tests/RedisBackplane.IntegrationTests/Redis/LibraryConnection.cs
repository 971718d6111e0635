using Microsoft.Extensions.Logging.Abstractions;

namespace RedisBackplane.IntegrationTests.Redis;

/// <summary>A connection of the library, for tests that use only its room for Redis.</summary>
internal static class LibraryConnection
{
    /// <summary>Makes a connection, and waits until it works.</summary>
    public static async Task<RedisConnection> OpenAsync(string appName, string connectionString)
    {
        var source = RedisConnectionSource.From(new RedisBackplaneOptions { AppName = appName, ConnectionString = connectionString });
        var connection = new RedisConnection(appName, source, NullLogger.Instance, TimeProvider.System, () => 0.5);
        var connected = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Changed += () => connected.TrySetResult(true);
        connection.Start();
        await Eventually.CompletesAsync(connected.Task, "connected");
        return connection;
    }
}
