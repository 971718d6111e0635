using Chat.Redis;

namespace Chat;

/// <summary>The servers of this process, from their start to Ctrl-C.</summary>
internal static class Farm
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(15);

    /// <exception cref="UsageException">An argument or the environment names no Redis.</exception>
    /// <exception cref="StartException">Redis or a port cannot be used.</exception>
    public static async Task<int> RunAsync(ChatOptions options)
    {
        LocalNetwork.EnsureFree(options.Ports, options.Lan);
        var fromEnvironment = Environment.GetEnvironmentVariable(ChatOptions.RedisVariable);
        using var redis = await RedisChooser.ChooseAsync(options, fromEnvironment, CancellationToken.None);
        var servers = options.Ports.Select(port => ChatServer.Create(port, options, redis)).ToList();
        try
        {
            foreach (var server in servers)
            {
                await server.StartAsync(CancellationToken.None);
            }

            if (await WaitForBackplaneAsync(servers, redis))
            {
                Screen.Started(options, redis);
            }

            await Task.WhenAll(servers.Select(server => server.WhenStoppedAsync()));
            Screen.Ended();
            return ExitCode.Success;
        }
        finally
        {
            await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
        }
    }

    /// <returns>Whether the farm is connected; false if it was stopped in the meantime.</returns>
    private static async Task<bool> WaitForBackplaneAsync(List<ChatServer> servers, ChosenRedis redis)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(servers[0].Stopping);
        patience.CancelAfter(ConnectPatience);
        try
        {
            await Task.WhenAll(servers.Select(server => server.WhenConnectedAsync(patience.Token)));
            return true;
        }
        catch (OperationCanceledException) when (servers[0].Stopping.IsCancellationRequested)
        {
            return false;
        }
        catch (OperationCanceledException exception)
        {
            throw new StartException(
                $"The servers could not subscribe and publish on the Redis at {redis.Address} "
                + $"within {ConnectPatience.TotalSeconds:0} seconds. --verbose shows why.",
                exception);
        }
    }
}
