using RedisBackplane.IntegrationTests.Specifications;

namespace RedisBackplane.IntegrationTests.Migration;

/// <summary>A farm whose servers all write the format of the older package, while its Redis works.</summary>
public sealed class LegacyFormatTests() : BackplaneSpecification(() => new SharedRedisTopology())
{
    protected override bool HasHistory => false;

    protected override void Configure(RedisBackplaneOptions options) => options.WireFormat = WireFormat.Legacy;
}
