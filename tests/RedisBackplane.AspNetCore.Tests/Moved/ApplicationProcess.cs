using System.Diagnostics;

namespace RedisBackplane.AspNetCore.Tests.Moved;

/// <summary>The small classic application in a process: original, on .NET Framework or Mono, or moved.</summary>
internal sealed class ApplicationProcess : IDisposable
{
    private const string Name = "RedisBackplane.MovedApplication";

    private readonly Process _process;

    private ApplicationProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>Why this side of the move cannot run here; null if it can.</summary>
    public static string? SkipReason(bool moved) =>
        !File.Exists(PathOf(moved)) ? $"{PathOf(moved)} was not built"
        : !moved && !OperatingSystem.IsWindows() && Programs.Find("mono") is null ? "there is no mono"
        : null;

    public static async Task<ApplicationProcess> StartAsync(bool moved, params string[] farm)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.PickFree()}");
        var start = new ProcessStartInfo
        {
            FileName = moved ? "dotnet" : OperatingSystem.IsWindows() ? PathOf(moved) : "mono",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (moved || !OperatingSystem.IsWindows())
        {
            start.ArgumentList.Add(PathOf(moved));
        }

        start.ArgumentList.Add(address.GetLeftPart(UriPartial.Authority));
        foreach (var argument in farm)
        {
            start.ArgumentList.Add(argument);
        }

        var process = ChildProcess.Start(start);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, output) =>
        {
            if (output.Data is null)
            {
                started.TrySetException(new InvalidOperationException("The application ended before it had started."));
            }
            else if (output.Data == "started")
            {
                started.TrySetResult();
            }
        };
        process.BeginOutputReadLine();
        await started.Task.WaitAsync(Wait.Limit);
        return new ApplicationProcess(process, address);
    }

    /// <summary>Ends the program. These tests do not check how it stops by itself, which is slow on Mono.</summary>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    // Next to the output of these tests, whose path ends with project, bin and configuration.
    private static string PathOf(bool moved)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = output.Parent!.Name;
        var folder = Path.Combine(output.FullName, "..", "..", "..", "..", Name, "bin", configuration);
        return Path.GetFullPath(Path.Combine(folder, moved ? "net10.0" : "net472", Name + (moved ? ".dll" : ".exe")));
    }
}
