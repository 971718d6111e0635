namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>The servers of a group while they run, in a container or beside the tests. Not thread-safe.</summary>
public interface IServerRun : IAsyncDisposable
{
    /// <summary>Ends the servers; their memory is lost.</summary>
    Task StopAsync();

    /// <summary>Starts them again, on their ports, and does not wait for them.</summary>
    Task StartAgainAsync();

    Task<string> ReadLogAsync();
}
