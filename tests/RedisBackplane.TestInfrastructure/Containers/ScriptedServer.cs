namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>One server of a <see cref="ServerGroup"/>.</summary>
/// <param name="Port">Where it listens: the same number in its container and on this machine.</param>
/// <param name="Configuration">
/// Lines of its configuration besides address, port and folder; they come last and so win.
/// </param>
/// <param name="IsSentinel">Whether it is a Sentinel.</param>
public sealed record ScriptedServer(int Port, IReadOnlyList<string> Configuration, bool IsSentinel = false);
