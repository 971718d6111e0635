using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RedisBackplane.Load.Nodes;

/// <summary>
/// Waits for a timestamp with a precision of about ten microseconds, without spinning, which would take a core from
/// what is measured. On other systems than Linux it sleeps, then spins.
/// </summary>
internal sealed class PreciseTimer : IDisposable
{
    private const int ClockMonotonic = 1;
    private const int AbsoluteTime = 1;
    private const int SetTimerSlack = 29;

    private static readonly TimeSpan SpinBelow = TimeSpan.FromMilliseconds(2);
    private readonly bool _isLinux = OperatingSystem.IsLinux();
    private readonly ManualResetEventSlim _never = new();
    private int _threadWithoutSlack;

    public void WaitUntil(long timestamp)
    {
        if (_isLinux)
        {
            SleepPrecisely(timestamp);
            return;
        }

        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp) is var left && left > TimeSpan.Zero)
        {
            if (left > SpinBelow)
            {
                _never.Wait(left - SpinBelow);
            }
            else
            {
                Thread.SpinWait(20);
            }
        }
    }

    public void Dispose() => _never.Dispose();

    private void SleepPrecisely(long timestamp)
    {
        if (_threadWithoutSlack != Environment.CurrentManagedThreadId)
        {
            // Linux adds up to 50 µs to a sleep of a thread, unless this is set.
            _ = Prctl(SetTimerSlack, 1, 0, 0, 0);
            _threadWithoutSlack = Environment.CurrentManagedThreadId;
        }

        if (Stopwatch.GetTimestamp() < timestamp)
        {
            // Stopwatch is CLOCK_MONOTONIC in nanoseconds here.
            var until = new TimeSpec { Seconds = (nint)(timestamp / 1_000_000_000), Nanoseconds = (nint)(timestamp % 1_000_000_000) };
            _ = ClockNanosleep(ClockMonotonic, AbsoluteTime, until, IntPtr.Zero);
        }
    }

    [DllImport("libc", EntryPoint = "clock_nanosleep")]
    private static extern int ClockNanosleep(int clock, int flags, in TimeSpec request, IntPtr remain);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
