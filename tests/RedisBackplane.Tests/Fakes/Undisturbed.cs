namespace RedisBackplane.Tests.Fakes;

/// <summary>
/// Tests that measure the cost without a listener. They run while no other test does, because another test might
/// listen.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Undisturbed
{
    public const string Name = "undisturbed";
}
