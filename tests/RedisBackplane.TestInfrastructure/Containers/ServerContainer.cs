using System.Collections.Concurrent;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;

namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>A group's servers in one container, which Testcontainers removes even if this process is killed.</summary>
public sealed class ServerContainer : IServerRun
{
    private const string WorkFolder = "/tmp/servers";
    private const string AnyAddress = "0.0.0.0";

    // Long enough to fetch the image.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);

    // A failed image is not requested again, because an attempt to fetch it may take long.
    private static readonly ConcurrentDictionary<ServerImage, ContainerUnavailableException> Unavailable = new();

    private readonly IContainer _container;

    private ServerContainer(IContainer container) => _container = container;

    /// <summary>Starts a container and does not wait for its servers.</summary>
    /// <exception cref="ContainerUnavailableException">
    /// The engine could not start it, for example because the image is not available.
    /// </exception>
    public static async Task<ServerContainer> StartAsync(ServerImage image, ServerGroup group)
    {
        if (Unavailable.TryGetValue(image, out var before))
        {
            throw new ContainerUnavailableException(before.Message, before);
        }

        try
        {
            return await TryStartAsync(image, group).ConfigureAwait(false);
        }
        catch (ContainerUnavailableException exception)
        {
            Unavailable[image] = exception;
            throw;
        }
    }

    public Task StopAsync() => _container.StopAsync();

    public Task StartAgainAsync() => _container.StartAsync();

    public async Task<string> ReadLogAsync()
    {
        var (output, errors) = await _container.GetLogsAsync().ConfigureAwait(false);
        return output + errors;
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    /// <summary>The container to request from the engine; nothing is requested yet.</summary>
    internal static ContainerBuilder Describe(ServerImage image, ServerGroup group)
    {
        var builder = new ContainerBuilder(image.Reference)
            .WithEntrypoint("/bin/sh", "-c")
            .WithCommand(ServerScript.Write(group, image.Executable, WorkFolder, AnyAddress));
        foreach (var server in group.Servers)
        {
            builder = builder.WithPortBinding(server.Port, server.Port);
        }

        return builder.WithCreateParameterModifier(ListenOnLoopbackOnly);
    }

    /// <summary>The engine would offer the ports to the whole network.</summary>
    internal static void ListenOnLoopbackOnly(CreateContainerParameters parameters)
    {
        foreach (var binding in parameters.HostConfig?.PortBindings?.Values.SelectMany(bindings => bindings) ?? [])
        {
            binding.HostIP = RedisServerProcess.Host;
        }
    }

    private static async Task<ServerContainer> TryStartAsync(ServerImage image, ServerGroup group)
    {
        var container = Describe(image, group).Build();
        try
        {
            using var bound = new CancellationTokenSource(StartTimeout);
            await container.StartAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is DockerApiException or DockerUnavailableException or TimeoutException
                or OperationCanceledException or HttpRequestException)
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw new ContainerUnavailableException(
                $"A Docker engine answers, but gave no container of {image}: {exception.Message}", exception);
        }

        // With an engine on another machine, or from within a container, the ports are elsewhere, and the servers
        // announce wrong addresses.
        var host = container.Hostname;
        if (!IsThisMachine(host))
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw new ContainerUnavailableException(
                $"The containers of the Docker engine are reached at {host}, not on the loopback interface.");
        }

        return new ServerContainer(container);
    }

    private static bool IsThisMachine(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
