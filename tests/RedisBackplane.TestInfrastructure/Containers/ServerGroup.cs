namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>
/// Servers that belong together and run in one container, each on a port with the same number inside and outside. So
/// the loopback addresses that they announce to each other and to clients (Sentinels, nodes of a cluster) are valid on
/// both sides.
/// </summary>
public abstract class ServerGroup
{
    /// <summary>A placeholder for the folder of <see cref="Files"/> in a line of configuration.</summary>
    public const string Folder = "%FOLDER%";

    public abstract IReadOnlyList<ScriptedServer> Servers { get; }

    /// <summary>Files that the servers read in addition to their configuration: content by name.</summary>
    public virtual IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string>();

    /// <summary>The configuration of a user with all rights; a new copy for each caller.</summary>
    public abstract ConfigurationOptions Client { get; }

    protected static string EndPointOf(ScriptedServer server) => FormattableString.Invariant($"{RedisServerProcess.Host}:{server.Port}");

    /// <summary>Waits until clients can use the servers, each time they were started.</summary>
    /// <exception cref="InvalidOperationException">They did not become ready; their log is in the message.</exception>
    public async Task BecomesReadyAsync(IServerRun run)
    {
        try
        {
            await BecomesReadyAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var log = await run.ReadLogAsync().ConfigureAwait(false);
            throw new InvalidOperationException($"The servers did not become ready: {exception.Message} They logged: {log}", exception);
        }
    }

    /// <summary>Waits until a client can connect.</summary>
    /// <param name="client">Returns its configuration; called for every attempt.</param>
    internal static Task TakesConnectionsAsync(Func<ConfigurationOptions> client) =>
        Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    using var connection = await ConnectionMultiplexer.ConnectAsync(client()).ConfigureAwait(false);
                    return true;
                }
                catch (RedisConnectionException)
                {
                    return false;
                }
            },
            "the server takes a connection");

    protected abstract Task BecomesReadyAsync();

    protected async Task AllAnswerAsync()
    {
        foreach (var server in Servers)
        {
            await Eventually.BecomesTrueAsync(() => AnswersAsync(server.Port), $"the server of port {server.Port} answers")
                .ConfigureAwait(false);
        }
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            _ = await RespClient.AskOnceAsync(port, "PING").ConfigureAwait(false);
            return true;
        }
        catch (InvalidOperationException)
        {
            // It requires a password first.
            return true;
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            // No server listens yet. A container's port accepts connections before the server behind it does, and
            // closes them.
            return false;
        }
    }
}
