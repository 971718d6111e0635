using System.Diagnostics;
using System.Text;

namespace RedisBackplane.Tool.Tests;

/// <summary>The tool as a process of its own.</summary>
public sealed class ProgramTests
{
    [SkippableFact]
    public async Task Output_WhereTheLocaleIsNotUtf8_IsUtf8()
    {
        Skip.If(OperatingSystem.IsWindows(), "The locale of a console on Windows is not in the environment.");
        var self = Environment.ProcessPath;
        var start = new ProcessStartInfo(Path.GetFileNameWithoutExtension(self) == "dotnet" ? self! : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            StandardErrorEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "redis-backplane.dll"));
        start.ArgumentList.Add("grüße");
        start.Environment["LC_ALL"] = "C.ISO-8859-1";
        using var tool = ChildProcess.Start(start);

        var error = await tool.StandardError.ReadToEndAsync().Bounded();

        await tool.WaitForExitAsync().Bounded();
        Assert.Equal(ExitCodes.Unusable, tool.ExitCode);
        Assert.Contains("grüße", error, StringComparison.Ordinal);
    }
}
