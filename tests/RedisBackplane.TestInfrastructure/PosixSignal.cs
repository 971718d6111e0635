using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RedisBackplane.TestInfrastructure;

/// <summary>Sends signals to a process by its id. .NET itself can only kill.</summary>
public static class PosixSignal
{
    public const int Terminate = 15;
    public const int Kill = 9;

    // The numbers of these two differ between Linux and the BSD family.
    public static int Stop => RuntimeInformation.IsOSPlatform(OSPlatform.Linux) ? 19 : 17;

    public static int Continue => RuntimeInformation.IsOSPlatform(OSPlatform.Linux) ? 18 : 19;

    /// <exception cref="Win32Exception">There is no such process, or it is not ours.</exception>
    public static void Send(int processId, int signal)
    {
        if (NativeKill(processId, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastWin32Error(), $"Signal {signal} could not be sent to process {processId}.");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int processId, int signal);
}
