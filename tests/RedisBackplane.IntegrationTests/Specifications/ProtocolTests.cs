namespace RedisBackplane.IntegrationTests.Specifications;

public sealed class Resp2Tests() : BackplaneSpecification(() => new RedisProcessTopology { Settings = ",protocol=resp2" });

public sealed class Resp2OutageTests() : OutageSpecification(() => new RedisProcessTopology { Settings = ",protocol=resp2" });

/// <summary>One connection carries commands and the channel.</summary>
public sealed class Resp3Tests() : BackplaneSpecification(() => new RedisProcessTopology { Settings = ",protocol=resp3" });

public sealed class Resp3OutageTests() : OutageSpecification(() => new RedisProcessTopology { Settings = ",protocol=resp3" });
