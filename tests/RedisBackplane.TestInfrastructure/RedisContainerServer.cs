#if NET
using DotNet.Testcontainers.Builders;
using RedisBackplane.TestInfrastructure.Containers;
#endif

namespace RedisBackplane.TestInfrastructure;

/// <summary>A Redis in a Docker container, which Testcontainers removes even if this process is killed.</summary>
internal static class RedisContainerServer
{
#if NET
    private const ushort Port = 6379;

    // Long enough to fetch the image.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);

    public static bool EngineAnswers() => ContainerEngine.Answers;

    /// <summary>Starts a container; returns its connection string, or null without an engine or the image.</summary>
    public static async Task<string?> TryStartAsync()
    {
        if (!ContainerEngine.Answers)
        {
            return null;
        }

        // Unlike those in Containers/, it may have another address than the loopback interface, because a single server
        // does not announce its address.
        using var bound = new CancellationTokenSource(StartTimeout);
        try
        {
            var container = new ContainerBuilder(ServerImage.Redis7.Reference).WithPortBinding(Port, assignRandomHostPort: true).Build();
            await container.StartAsync(bound.Token).ConfigureAwait(false);
            var endPoint = FormattableString.Invariant($"{container.Hostname}:{container.GetMappedPublicPort(Port)}");
            await ServerGroup.TakesConnectionsAsync(() => ConfigurationOptions.Parse(endPoint)).ConfigureAwait(false);
            return endPoint;
        }
        catch (Exception exception) when (
            exception is DockerUnavailableException or Docker.DotNet.DockerApiException or TimeoutException
                or OperationCanceledException or HttpRequestException)
        {
            Console.Error.WriteLine($"A Docker engine answers, but gave no Redis: {exception.Message}");
            return null;
        }
    }
#else
    public static bool EngineAnswers() => false;

    public static Task<string?> TryStartAsync() => Task.FromResult<string?>(null);
#endif
}
