using System.Diagnostics;

namespace RedisBackplane.Tests.Fakes;

/// <summary>A trace listener of the application that throws.</summary>
internal sealed class BrokenListener : TraceListener
{
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public override void Write(string? message) => WriteLine(message);

    public override void WriteLine(string? message)
    {
        Interlocked.Increment(ref _asked);
        throw new InvalidOperationException("The listener is broken.");
    }
}
