using Xunit;
using Xunit.Sdk;

namespace RedisBackplane.TestInfrastructure;

/// <summary>A test that needs any Redis (<see cref="RedisTestServer"/>), and is skipped without one.</summary>
[TraitDiscoverer(NeedsRedisDiscoverer.Name, NeedsRedisDiscoverer.Assembly)]
public sealed class RedisFactAttribute : SkippableFactAttribute, ITraitAttribute
{
    public RedisFactAttribute() => Skip = TestRedisSource.SkipReason;
}

/// <inheritdoc cref="RedisFactAttribute"/>
[TraitDiscoverer(NeedsRedisDiscoverer.Name, NeedsRedisDiscoverer.Assembly)]
public sealed class RedisTheoryAttribute : SkippableTheoryAttribute, ITraitAttribute
{
    public RedisTheoryAttribute() => Skip = TestRedisSource.SkipReason;
}

/// <summary>A test that needs its own <see cref="RedisServerProcess"/>, and is skipped if there is none.</summary>
[TraitDiscoverer(NeedsRedisDiscoverer.Name, NeedsRedisDiscoverer.Assembly)]
public sealed class RedisProcessFactAttribute : SkippableFactAttribute, ITraitAttribute
{
    public RedisProcessFactAttribute() => Skip = TestRedisSource.ProcessSkipReason;
}

/// <inheritdoc cref="RedisProcessFactAttribute"/>
[TraitDiscoverer(NeedsRedisDiscoverer.Name, NeedsRedisDiscoverer.Assembly)]
public sealed class RedisProcessTheoryAttribute : SkippableTheoryAttribute, ITraitAttribute
{
    public RedisProcessTheoryAttribute() => Skip = TestRedisSource.ProcessSkipReason;
}
