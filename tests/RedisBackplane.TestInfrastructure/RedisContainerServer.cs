#if NET
using DotNet.Testcontainers.Builders;
using Testcontainers.Redis;
#endif

namespace RedisBackplane.TestInfrastructure;

/// <summary>A Redis in a Docker container, where an engine answers. Testcontainers removes it when this process ends, however it ends.</summary>
internal static class RedisContainerServer
{
#if NET
    // Debian's current redis-server is 7.0; the container is the newest 7, so that both ends of the line are tested.
    private const string Image = "redis:7-alpine";

    /// <summary>Whether a Docker engine answers; takes about half a second where none does.</summary>
    public static bool EngineAnswers() => TryBuild() is not null;

    /// <summary>Starts a container and gives its connection string, or null where no engine answers or the image cannot be had.</summary>
    public static async Task<string?> TryStartAsync()
    {
        try
        {
            if (TryBuild() is not { } container)
            {
                return null;
            }

            await container.StartAsync().ConfigureAwait(false);
            return container.GetConnectionString();
        }
        catch (Exception exception) when (exception is DockerUnavailableException or Docker.DotNet.DockerApiException or TimeoutException)
        {
            Console.Error.WriteLine($"A Docker engine answers, but gave no Redis: {exception.Message}");
            return null;
        }
    }

    private static RedisContainer? TryBuild()
    {
        try
        {
            return new RedisBuilder(Image).Build();
        }
        catch (DockerUnavailableException)
        {
            return null;
        }
    }
#else
    public static bool EngineAnswers() => false;

    public static Task<string?> TryStartAsync() => Task.FromResult<string?>(null);
#endif
}
