using System.Collections.Concurrent;
using System.Globalization;

namespace RedisBackplane.LastMile.Soak;

/// <summary>What all clients of a soak have seen. Thread-safe.</summary>
internal sealed class SoakAccount
{
    private readonly ConcurrentQueue<string> _failures = new();
    private long _connects;
    private long _reconnects;
    private long _delivered;
    private long _lost;
    private long _repeated;

    public bool IsClean => Volatile.Read(ref _lost) + Volatile.Read(ref _repeated) == 0 && _failures.IsEmpty;

    public IEnumerable<string> Failures => _failures;

    public void Connected() => Interlocked.Increment(ref _connects);

    public void Reconnected() => Interlocked.Increment(ref _reconnects);

    public void Delivered() => Interlocked.Increment(ref _delivered);

    public void Lost(long messages) => Interlocked.Add(ref _lost, messages);

    public void Repeated() => Interlocked.Increment(ref _repeated);

    public void Failed(string what) => _failures.Enqueue(what);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_connects} connections, {_reconnects} reconnects, delivered {_delivered}, lost {_lost}, repeated {_repeated}, ")
        + string.Create(CultureInfo.InvariantCulture, $"failures {_failures.Count}");
}
