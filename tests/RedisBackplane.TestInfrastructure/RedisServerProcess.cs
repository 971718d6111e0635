using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// A <c>redis-server</c> process on a loopback port, without persistence, in a temporary folder, for tests that
/// restart, kill or stop it. It ends with <see cref="DisposeAsync"/> or with this process, even if the process is
/// killed. Not thread-safe.
/// </summary>
public sealed class RedisServerProcess : IAsyncDisposable
{
    /// <summary>The configuration of a server without streams, like Redis before version 5.</summary>
    public static readonly string[] WithoutStreams =
        [.. new[] { "XADD", "XRANGE", "XREVRANGE", "XLEN" }.Select(command => $"rename-command {command} \"\"")];

    public const string Host = "127.0.0.1";

    private const int PortAttempts = 5;
    private const string ServerIsReady = "Ready to accept connections";
    private const string SentinelIsReady = "Sentinel ID is";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly string _executable;
    private readonly ProcessGuard _guard;
    private readonly bool _isSentinel;
    private Process? _process;
    private int _starts;

    private RedisServerProcess(string executable, string folder, int port, ProcessGuard guard, bool isSentinel)
    {
        _executable = executable;
        _guard = guard;
        _isSentinel = isSentinel;
        Folder = folder;
        Port = port;
    }

    /// <summary>The port; it stays the same through restarts.</summary>
    public int Port { get; }

    /// <summary>The folder of configuration, log and data; removed at the end.</summary>
    public string Folder { get; }

    /// <summary><c>127.0.0.1:port</c>, which is also a connection string.</summary>
    public string EndPoint => Host + ":" + Port.ToString(CultureInfo.InvariantCulture);

    public int ProcessId => Running.Id;

    /// <summary>Whether the process runs (also while it is paused).</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Whether it is frozen (<see cref="Pause"/>).</summary>
    public bool IsPaused { get; private set; }

    private Process Running =>
        IsRunning ? _process! : throw new InvalidOperationException($"The redis-server of port {Port} does not run.");

    /// <summary>
    /// The path of <c>redis-server</c> on PATH (Unix only); otherwise null. The environment variable
    /// <c>REDIS_BACKPLANE_TEST_SERVER</c> names another server, such as Valkey's.
    /// </summary>
    public static string? FindExecutable() =>
        Environment.GetEnvironmentVariable("REDIS_BACKPLANE_TEST_SERVER") is { Length: > 0 } named ? named :
        RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? null : Programs.Find("redis-server");

    /// <summary>Starts a server and waits until it takes connections.</summary>
    /// <param name="configuration">
    /// Additional lines of its configuration, such as <c>requirepass secret</c>. They come last and so have precedence.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// There is no redis-server, or it does not start; its log is in the message.
    /// </exception>
    public static Task<RedisServerProcess> StartAsync(params string[] configuration) => StartAsync(isSentinel: false, _ => configuration);

    /// <summary>Starts a server whose configuration depends on the port.</summary>
    /// <param name="configuration">Returns the additional lines for a port.</param>
    public static Task<RedisServerProcess> StartAsync(Func<int, string[]> configuration) => StartAsync(isSentinel: false, configuration);

    /// <summary>Starts a Sentinel and waits until it runs.</summary>
    /// <param name="configuration">Its configuration without address and folder: what it monitors, and how.</param>
    /// <exception cref="InvalidOperationException">
    /// There is no redis-server, or it does not start; its log is in the message.
    /// </exception>
    public static Task<RedisServerProcess> StartSentinelAsync(params string[] configuration) =>
        StartAsync(isSentinel: true, _ => configuration);

    /// <summary>Starts the stopped or killed server again, with the same port and configuration.</summary>
    /// <exception cref="InvalidOperationException">
    /// It runs, or it does not start; its log is in the message.
    /// </exception>
    public async Task StartAgainAsync()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException($"The redis-server of port {Port} runs already.");
        }

        _process?.Dispose();
        IsPaused = false;
        _starts++;
        var log = Path.Combine(Folder, $"log-{_starts}");

        // The shell writes the id for the guard and then becomes the server, so there is no moment without a guard. It
        // does not inherit this process's input and output.
        _process = ChildProcess.Start(new ProcessStartInfo
        {
            FileName = "/bin/sh",
            Arguments = $"-c \"echo $$ >'{Folder}/pid'; exec '{_executable}' '{Folder}/redis.conf' "
                + $"{(_isSentinel ? "--sentinel" : string.Empty)} </dev/null >'{log}' 2>&1\"",
            WorkingDirectory = Folder,
            UseShellExecute = false,
        });

        try
        {
            await Eventually.BecomesTrueAsync(
                () => _process.HasExited || ReadLog(log).Contains(_isSentinel ? SentinelIsReady : ServerIsReady),
                "redis-server is ready",
                StartTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new RedisStartException($"redis-server did not become ready on port {Port}: {ReadLog(log)}", exception);
        }

        if (_process.HasExited)
        {
            throw new RedisStartException($"redis-server ended at once on port {Port}: {ReadLog(log)}");
        }
    }

    /// <summary>What the server logged since its last start.</summary>
    public string ReadLog() => ReadLog(Path.Combine(Folder, $"log-{_starts}"));

    /// <summary>Waits until the server, a replica, has copied its master.</summary>
    public Task IsInStepAsync() =>
        Eventually.BecomesTrueAsync(() => ReadLog().Contains("Finished with success"), "the replica is in step");

    /// <summary>Stops the server and starts it again on its port. Without persistence it comes back empty.</summary>
    public async Task RestartAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await StartAgainAsync().ConfigureAwait(false);
    }

    /// <summary>Asks the server to end (SIGTERM), and waits for it. Clients see closed connections.</summary>
    public Task StopAsync() => EndAsync(PosixSignal.Terminate);

    /// <summary>Kills the server (SIGKILL), like a crash, and waits until it has ended.</summary>
    public Task KillAsync() => EndAsync(PosixSignal.Kill);

    /// <summary>Freezes the server (SIGSTOP) until <see cref="Continue"/>: connections stay open, unanswered.</summary>
    public void Pause()
    {
        PosixSignal.Send(ProcessId, PosixSignal.Stop);
        IsPaused = true;
    }

    /// <summary>Resumes a frozen server (SIGCONT).</summary>
    public void Continue()
    {
        PosixSignal.Send(ProcessId, PosixSignal.Continue);
        IsPaused = false;
    }

    /// <summary>Kills the server if it runs, and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync().ConfigureAwait(false);
        }

        _process?.Dispose();
        _process = null;
        _guard.Dispose();
    }

    private static async Task<RedisServerProcess> StartAsync(bool isSentinel, Func<int, string[]> configuration)
    {
        var executable = FindExecutable() ?? throw new InvalidOperationException("There is no redis-server on PATH.");
        for (var attempt = 1; ; attempt++)
        {
            var server = Create(executable, configuration, isSentinel);
            try
            {
                await server.StartAgainAsync().ConfigureAwait(false);
                return server;
            }
            catch (RedisStartException exception)
            {
                await server.DisposeAsync().ConfigureAwait(false);

                // Another program took the port between the check and the start.
                if (attempt == PortAttempts || !exception.Message.Contains("Address already in use"))
                {
                    throw;
                }
            }
        }
    }

    private static RedisServerProcess Create(string executable, Func<int, string[]> configuration, bool isSentinel)
    {
        var folder = Path.Combine(Path.GetTempPath(), "redis-test-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        var port = LoopbackPort.PickFree();
        string[] lines =
        [
            $"bind {Host}",
            $"port {port}",
            $"dir \"{folder}\"",
            "daemonize no",
            "loglevel notice",
            .. isSentinel ? (string[])[] : ["save \"\"", "appendonly no"],
            .. configuration(port),
        ];
        File.WriteAllLines(Path.Combine(folder, "redis.conf"), lines);
        return new RedisServerProcess(executable, folder, port, ProcessGuard.Start(folder, port), isSentinel);
    }

    private static string ReadLog(string path)
    {
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private async Task EndAsync(int signal)
    {
        var process = Running;
        try
        {
            PosixSignal.Send(process.Id, signal);
        }
        catch (Win32Exception) when (process.HasExited)
        {
            // It ended by itself just before, which is the intended result.
            return;
        }

        await Eventually.BecomesTrueAsync(() => process.HasExited, $"redis-server of port {Port} has ended").ConfigureAwait(false);
    }

    private sealed class RedisStartException(string message, Exception? innerException = null)
        : InvalidOperationException(message, innerException);
}
