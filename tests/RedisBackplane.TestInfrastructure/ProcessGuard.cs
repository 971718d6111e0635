namespace RedisBackplane.TestInfrastructure;

/// <summary>
/// Ends a server when this process ends, even if the process is killed. A shell waits on a pipe that only this process
/// holds open. When the pipe closes, the shell kills the server whose id is in <c>pid</c> in the server's folder, and
/// removes the folder.
/// </summary>
internal sealed class ProcessGuard : IDisposable
{
    // $1: the folder; $2: the port. Another process may have the id by then, so its command line must contain the
    // folder or, after redis-server has set its title, the port.
    private const string Script = """
        cat >/dev/null
        pid=$(cat "$1/pid" 2>/dev/null)
        if [ -n "$pid" ]; then
          line=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || ps -o args= -p "$pid" 2>/dev/null)
          case "$line" in *"$1"*|*":$2"*) kill -9 "$pid" ;; esac
        fi
        rm -rf "$1"
        """;

    private readonly Process _shell;

    private ProcessGuard(Process shell) => _shell = shell;

    public static ProcessGuard Start(string folder, int port)
    {
        var script = Path.Combine(folder, "guard.sh");
        File.WriteAllText(script, Script.Replace("\r", string.Empty));
        var shell = ChildProcess.Start(new ProcessStartInfo
        {
            FileName = "/bin/sh",
            // The shell must not hold the test run's own output open, because the caller of the tests waits for its
            // end.
            Arguments = $"-c \"exec /bin/sh '{script}' '{folder}' {port} >/dev/null 2>&1\"",
            UseShellExecute = false,
            RedirectStandardInput = true,
        });
        return new ProcessGuard(shell);
    }

    /// <summary>Closes the pipe and waits until the server has ended and its folder is removed.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        if (!_shell.WaitForExit((int)Eventually.DefaultTimeout.TotalMilliseconds))
        {
            throw new TimeoutException($"The guard of a test server did not end within {Eventually.DefaultTimeout.TotalSeconds} s.");
        }

        _shell.Dispose();
    }
}
