namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>One server of a <see cref="ServerGroup"/>.</summary>
/// <param name="Port">Its port, which is the same number in its container and on this machine.</param>
/// <param name="Configuration">
/// Lines of its configuration in addition to address, port and folder. They come last and so have precedence.
/// </param>
/// <param name="IsSentinel">Whether it is a Sentinel.</param>
public sealed record ScriptedServer(int Port, IReadOnlyList<string> Configuration, bool IsSentinel = false);
