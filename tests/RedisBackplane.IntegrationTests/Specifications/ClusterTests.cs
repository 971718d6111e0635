namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class ClusterTests() : BackplaneSpecification(() => new ClusterTopology());

public sealed class ClusterWithPlainChannelTests() : BackplaneSpecification(() => new ClusterTopology(isSharded: false));

public sealed class ClusterWithResp3Tests() : BackplaneSpecification(() => new ClusterTopology(further: ",protocol=resp3"));

[Collection(ClusterTopology.Disturbing)]
public sealed class ClusterOutageTests() : OutageSpecification(() => new ClusterTopology(isDisturbed: true));
