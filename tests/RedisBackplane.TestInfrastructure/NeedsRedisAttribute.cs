using Xunit.Sdk;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Marks tests that decide for themselves whether there is the Redis they need, so that a run without one leaves them
/// out.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
[TraitDiscoverer(NeedsRedisDiscoverer.Name, NeedsRedisDiscoverer.Assembly)]
public sealed class NeedsRedisAttribute : Attribute, ITraitAttribute;
