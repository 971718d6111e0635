using RedisBackplane.IntegrationTests.Specifications;

namespace RedisBackplane.IntegrationTests.Containers;

/// <summary>The tests of a class need a Docker engine.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsDockerAttribute : WholeTopologyAttribute
{
    public override bool IsThere => ContainerEngine.SkipReason is null;
}

/// <summary>A test that needs a Docker engine. It is skipped with the reason if none answers.</summary>
public sealed class DockerFactAttribute : SkippableFactAttribute
{
    /// <summary>Looks for the engine, once per process.</summary>
    public DockerFactAttribute() => Skip = ContainerEngine.SkipReason;
}
