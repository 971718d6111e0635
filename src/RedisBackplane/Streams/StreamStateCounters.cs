using Microsoft.AspNet.SignalR.Infrastructure;

namespace RedisBackplane.Streams;

/// <summary>
/// Updates SignalR's performance counters of open streams, as the bypassed base class would. Thread-safe.
/// </summary>
internal sealed class StreamStateCounters
{
    private readonly IPerformanceCounterManager _signalR;
    private readonly object _gate = new();
    private bool[] _open;

    public StreamStateCounters(IPerformanceCounterManager signalR, int streams)
    {
        _signalR = signalR;
        _open = new bool[streams];
        Write();
    }

    /// <summary>The farm has one more stream.</summary>
    public void Add()
    {
        lock (_gate)
        {
            _open = [.. _open, false];
            Write();
        }
    }

    public void Set(int stream, bool isOpen)
    {
        lock (_gate)
        {
            _open[stream] = isOpen;
            Write();
        }
    }

    public void Close()
    {
        _signalR.ScaleoutStreamCountOpen.RawValue = 0;
        _signalR.ScaleoutStreamCountBuffering.RawValue = 0;
    }

    private void Write()
    {
        _signalR.ScaleoutStreamCountTotal.RawValue = _open.Length;
        var open = _open.Count(isOpen => isOpen);
        _signalR.ScaleoutStreamCountOpen.RawValue = open;
        _signalR.ScaleoutStreamCountBuffering.RawValue = _open.Length - open;
    }
}
