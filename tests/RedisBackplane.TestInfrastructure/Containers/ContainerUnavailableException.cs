namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>No container is available, for a reason that has nothing to do with the test.</summary>
public sealed class ContainerUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
