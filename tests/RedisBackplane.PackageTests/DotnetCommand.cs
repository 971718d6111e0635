using System.Diagnostics;

namespace RedisBackplane.PackageTests;

/// <summary>Runs the .NET command line as a user would, with a bound.</summary>
internal static class DotnetCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>Runs a command and gives its output.</summary>
    /// <exception cref="InvalidOperationException">It failed; its output is in the message.</exception>
    /// <exception cref="TimeoutException">It did not end in time, and was killed.</exception>
    public static Task<string> RunAsync(string folder, params string[] arguments) => RunProgramAsync("dotnet", folder, arguments);

    /// <summary>Runs any program in the same way.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> RunProgramAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The test run's own settings for MSBuild are not a user's.
        var ofMSBuild = start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var variable in ofMSBuild)
        {
            start.Environment.Remove(variable);
        }

        // A build node that stays alive would keep the output open. The compiler that stays alive does not.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "true";

        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start.");
        var output = new SharedText();
        process.OutputDataReceived += (_, e) => output.Add(e.Data);
        process.ErrorDataReceived += (_, e) => output.Add(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var cancel = new CancellationTokenSource(Timeout);
        try
        {
            await process.WaitForExitAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} {string.Join(' ', arguments)} did not end within {Timeout.TotalMinutes} min:\n{output}");
        }

        return process.ExitCode == 0
            ? output.ToString()
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
    }
}
