namespace RedisBackplane.Tests.Fakes;

/// <summary>
/// Tests that measure what it costs that nobody listens: they run when no other test does, because another might
/// listen.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Undisturbed
{
    public const string Name = "undisturbed";
}
