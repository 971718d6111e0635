using Xunit.Abstractions;
using Xunit.Sdk;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Gives every test that needs a Redis the trait <c>Needs=redis</c>, by which a run without one leaves it out.
/// </summary>
public sealed class NeedsRedisDiscoverer : ITraitDiscoverer
{
    internal const string Name = "RedisBackplane.TestInfrastructure." + nameof(NeedsRedisDiscoverer);
    internal const string Assembly = "RedisBackplane.TestInfrastructure";

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) => [new("Needs", "redis")];
}
