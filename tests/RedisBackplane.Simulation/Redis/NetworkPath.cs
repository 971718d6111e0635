using RedisBackplane.Simulation.World;

namespace RedisBackplane.Simulation.Redis;

/// <summary>
/// The network between one server and one Redis, for one kind of connection: how long bytes take, and whether they
/// arrive.
/// </summary>
internal sealed class NetworkPath(Schedule schedule)
{
    private static readonly TimeSpan UsualLatency = TimeSpan.FromMilliseconds(0.2);
    private const long UsualBytesPerSecond = 100_000_000;
    private int _slow;
    private int _refusing;
    private int _swallowing;

    public TimeSpan Latency { get; private set; } = UsualLatency;

    public TimeSpan MaxJitter { get; set; } = TimeSpan.FromMilliseconds(0.1);

    public long BytesPerSecond { get; private set; } = UsualBytesPerSecond;

    /// <summary>Bytes wait until this time.</summary>
    public long StalledUntil { get; set; }

    /// <summary>Whether new connections are refused.</summary>
    public bool IsRefusing => _refusing > 0;

    /// <summary>Whether what is sent now never arrives, on any connection, without any end noticing.</summary>
    public bool IsSwallowing => _swallowing > 0;

    /// <summary>Starts or stops refusing. It refuses until each start was stopped.</summary>
    public void Refuse(bool begins) => _refusing += begins ? 1 : -1;

    /// <summary>Starts or stops swallowing. It swallows until each start was stopped.</summary>
    public void Swallow(bool begins) => _swallowing += begins ? 1 : -1;

    public void Slow(TimeSpan latency, long bytesPerSecond)
    {
        _slow++;
        (Latency, BytesPerSecond) = (latency, bytesPerSecond);
    }

    /// <summary>Ends a slowdown. The path is fast again when the last one has ended.</summary>
    public void EndSlow()
    {
        if (--_slow == 0)
        {
            (Latency, BytesPerSecond) = (UsualLatency, UsualBytesPerSecond);
        }
    }

    /// <summary>The time at which bytes arrive that are sent now.</summary>
    public long ArrivalOf(int size, ref long busyUntil, ref long lastArrival)
    {
        var begin = Math.Max(Math.Max(schedule.Now, StalledUntil), busyUntil);
        busyUntil = begin + (size * TimeSpan.TicksPerSecond / BytesPerSecond);
        var arrival = busyUntil + Latency.Ticks + schedule.Chance.Between(0, MaxJitter.Ticks);
        return lastArrival = Math.Max(arrival, lastArrival + 1);
    }
}
