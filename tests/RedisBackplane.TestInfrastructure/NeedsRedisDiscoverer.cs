using Xunit.Abstractions;
using Xunit.Sdk;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Gives tests that need a Redis the trait <c>Needs=redis</c>, so that a run without one omits them.</summary>
public sealed class NeedsRedisDiscoverer : ITraitDiscoverer
{
    internal const string Name = "RedisBackplane.TestInfrastructure." + nameof(NeedsRedisDiscoverer);
    internal const string Assembly = "RedisBackplane.TestInfrastructure";

    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) => [new("Needs", "redis")];
}
