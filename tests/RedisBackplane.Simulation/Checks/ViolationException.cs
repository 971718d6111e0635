namespace RedisBackplane.Simulation.Checks;

/// <summary>A promise was broken. The message begins with its name in docs/guarantees.md.</summary>
internal sealed class ViolationException(string message) : Exception(message);
