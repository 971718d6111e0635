namespace RedisBackplane.IntegrationTests;

/// <summary>
/// The collection of tests that measure time or memory, or depend on the whole process: they run one at a time. They
/// also have the trait <c>Runs=alone</c>, by which <c>test.sh</c> runs them at the end, when no other process loads the
/// machine.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
