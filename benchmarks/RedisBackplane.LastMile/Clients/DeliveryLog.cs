using System.Diagnostics;

namespace RedisBackplane.LastMile.Clients;

/// <summary>Counts what has come, and how long it took. Thread-safe.</summary>
internal sealed class DeliveryLog
{
    private readonly double[] _milliseconds = new double[4_000_000];
    private long _count;

    /// <summary>Called for each delivery.</summary>
    public Action? Came { get; set; }

    public long Count => Volatile.Read(ref _count);

    public void Reset() => Volatile.Write(ref _count, 0);

    public void Add(long stamp)
    {
        var place = Interlocked.Increment(ref _count) - 1;
        if (place < _milliseconds.Length)
        {
            _milliseconds[place] = Stopwatch.GetElapsedTime(stamp).TotalMilliseconds;
        }

        Came?.Invoke();
    }

    public double Percentile(double share)
    {
        var sorted = _milliseconds.AsSpan(0, (int)Math.Min(Count, _milliseconds.Length)).ToArray();
        Array.Sort(sorted);
        return sorted.Length == 0 ? double.NaN : sorted[(int)(share * (sorted.Length - 1))];
    }
}
