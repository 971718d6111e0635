namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>The servers of a group while they run, in a container or beside the tests. Not thread-safe.</summary>
public interface IServerRun : IAsyncDisposable
{
    /// <summary>What they have logged.</summary>
    Task<string> ReadLogAsync();
}
