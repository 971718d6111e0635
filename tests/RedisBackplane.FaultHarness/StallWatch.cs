namespace RedisBackplane.FaultHarness;

/// <summary>
/// Measures how long no thread of this process ran. A busy host stops it for seconds at a time, and measurements of
/// that time say nothing about the bus. Thread-safe.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    // Shorter pauses are normal scheduling.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private long _stalledTicks;

    private StallWatch() => _thread = new Thread(Watch) { IsBackground = true, Name = nameof(StallWatch) };

    public TimeSpan Stalled => TimeSpan.FromTicks(Interlocked.Read(ref _stalledTicks));

    public static StallWatch Start()
    {
        var watch = new StallWatch();
        watch._thread.Start();
        return watch;
    }

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Watch()
    {
        var last = Stopwatch.GetTimestamp();
        while (!_end.Wait(Interval))
        {
            var now = Stopwatch.GetTimestamp();
            var late = Stopwatch.GetElapsedTime(last, now) - Interval;
            if (late > Least)
            {
                Interlocked.Add(ref _stalledTicks, late.Ticks);
            }

            last = now;
        }
    }
}
