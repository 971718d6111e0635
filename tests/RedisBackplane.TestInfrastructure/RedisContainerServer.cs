#if NET
using DotNet.Testcontainers.Builders;
using RedisBackplane.TestInfrastructure.Containers;
using Testcontainers.Redis;
#endif

namespace RedisBackplane.TestInfrastructure;

/// <summary>A Redis in a Docker container, where an engine answers. Testcontainers removes it when this process ends, however it ends.</summary>
internal static class RedisContainerServer
{
#if NET
    /// <summary>Whether a Docker engine answers.</summary>
    public static bool EngineAnswers() => ContainerEngine.Answers;

    /// <summary>Starts a container and gives its connection string, or null where no engine answers or the image cannot be had.</summary>
    public static async Task<string?> TryStartAsync()
    {
        try
        {
            if (!ContainerEngine.Answers)
            {
                return null;
            }

            var container = new RedisBuilder(ServerImage.Redis7.Reference).Build();
            await container.StartAsync().ConfigureAwait(false);
            return container.GetConnectionString();
        }
        catch (Exception exception) when (exception is DockerUnavailableException or Docker.DotNet.DockerApiException or TimeoutException)
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
