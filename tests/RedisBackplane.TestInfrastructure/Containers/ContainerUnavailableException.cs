namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>There is no container to be had, for a reason that has nothing to do with what is tested.</summary>
public sealed class ContainerUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
