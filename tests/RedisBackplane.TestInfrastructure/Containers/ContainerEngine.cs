using DotNet.Testcontainers.Builders;

namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>Whether tests can use containers. Checked once per process: half a second if no engine answers.</summary>
public static class ContainerEngine
{
    /// <summary>
    /// Environment variable for the topologies in containers. <c>0</c> leaves them out. <c>script</c> runs the script
    /// of each container on the redis-server of this machine, for any image, so that the tests of containers can be
    /// tried without an engine.
    /// </summary>
    public const string Variable = "REDIS_BACKPLANE_TEST_CONTAINERS";

    private static readonly Lazy<bool> Engine = new(Look);

    public static bool Answers => Engine.Value;

    /// <summary>Whether the servers run on this machine, without containers.</summary>
    public static bool IsReplacedByShell =>
        Environment.GetEnvironmentVariable(Variable) == "script" && RedisServerProcess.FindExecutable() is not null;

    /// <summary>Why tests of topologies in containers are skipped; null when they run.</summary>
    public static string? SkipReason =>
        Environment.GetEnvironmentVariable(Variable) == "0" ? $"{Variable} is 0: no containers."
        : IsReplacedByShell || Answers ? null
        : "No Docker engine answers: topologies in containers were not run.";

    private static bool Look()
    {
        try
        {
            // This looks for the engine, and starts nothing.
            _ = new ContainerBuilder(ServerImage.Redis7.Reference).Build();
            return true;
        }
        catch (DockerUnavailableException)
        {
            return false;
        }
    }
}
