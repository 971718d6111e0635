using Xunit.Sdk;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Marks tests that look for their Redis themselves, so that a run without one omits them.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
[TraitDiscoverer(NeedsRedisDiscoverer.Name, NeedsRedisDiscoverer.Assembly)]
public sealed class NeedsRedisAttribute : Attribute, ITraitAttribute;
