using System.Diagnostics;

namespace RedisBackplane.IntegrationTests.Infrastructure;

/// <summary>The guard sees the same when its owner dies and when its owner disposes it: the pipe closes.</summary>
public sealed class ProcessGuardTests : IDisposable
{
    private const int Port = 1;

    private readonly string _folder =
        Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "guard-test-" + Guid.NewGuid().ToString("N"))).FullName;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [RedisProcessFact]
    public void Guard_WhenItsPipeCloses_KillsTheServerAndRemovesItsFolder()
    {
        File.WriteAllText(Path.Combine(_folder, "log"), string.Empty);
        using var server = StartTail(Path.Combine(_folder, "log"));

        ProcessGuard.Start(_folder, Port).Dispose();

        Assert.True(server.WaitForExit(5000));
        Assert.False(Directory.Exists(_folder));
    }

    [RedisProcessFact]
    public void Guard_WhenTheIdBelongsToAnotherProcessNow_LeavesItAlone()
    {
        using var stranger = StartTail("/dev/null");
        try
        {
            ProcessGuard.Start(_folder, Port).Dispose();

            Assert.False(stranger.WaitForExit(200));
            Assert.False(Directory.Exists(_folder));
        }
        finally
        {
            stranger.Kill();
        }
    }

    private Process StartTail(string file)
    {
        var process = ChildProcess.Start(new ProcessStartInfo("tail", $"-f {file}") { UseShellExecute = false });
        File.WriteAllText(Path.Combine(_folder, "pid"), process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return process;
    }
}
