namespace RedisBackplane.TestInfrastructure.Containers;

/// <summary>
/// Runs the script of a container on this machine, with the server of <see cref="RedisServerProcess.FindExecutable"/>,
/// and so tests the script without a container engine. It ends with <see cref="DisposeAsync"/> or with this process,
/// even if the process is killed.
/// </summary>
public sealed class ServerShell : IServerRun
{
    // The inner shell reads from a pipe that is open as long as this process needs the servers.
    private const string Guard = "/bin/sh ./run </dev/null >>log 2>&1 & script=$!; cat >/dev/null; kill $script; wait $script";

    private readonly string _folder;
    private Process? _shell;

    private ServerShell(string folder) => _folder = folder;

    /// <summary>Starts the servers and does not wait for them.</summary>
    /// <exception cref="InvalidOperationException">There is no redis-server, or no shell.</exception>
    public static ServerShell Start(ServerGroup group)
    {
        var executable = RedisServerProcess.FindExecutable() ?? throw new InvalidOperationException("There is no redis-server on PATH.");
        var folder = Path.Combine(Path.GetTempPath(), "redis-test-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "run"), ServerScript.Write(group, executable, folder, RedisServerProcess.Host));
        var run = new ServerShell(folder);
        run.Launch();
        return run;
    }

    public async Task StopAsync()
    {
        if (_shell is { } shell)
        {
            _shell = null;
            shell.StandardInput.Close();
            await Eventually.BecomesTrueAsync(() => shell.HasExited, "the servers have ended").ConfigureAwait(false);
            shell.Dispose();
        }
    }

    public Task StartAgainAsync()
    {
        Launch();
        return Task.CompletedTask;
    }

    public async Task<string> ReadLogAsync()
    {
        var log = Path.Combine(_folder, "log");
        using var stream = new FileStream(log, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        Directory.Delete(_folder, recursive: true);
    }

    private void Launch() =>
        _shell = ChildProcess.Start(new ProcessStartInfo
        {
            FileName = "/bin/sh",
            Arguments = $"-c \"exec >/dev/null 2>&1; {Guard}\"",
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
        });
}
