namespace RedisBackplane.Tests.Fakes;

/// <summary>Tests of the cost without a listener. They run alone, because another test might listen.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Undisturbed
{
    public const string Name = "undisturbed";
}
