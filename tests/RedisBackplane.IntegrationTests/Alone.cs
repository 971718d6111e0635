namespace RedisBackplane.IntegrationTests;

/// <summary>
/// The collection of tests that measure time or memory, or see what the whole process does: none runs beside another.
/// They also have the trait <c>Runs=alone</c>, by which <c>test.sh</c> keeps them for the end, when no other process
/// loads the machine.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
