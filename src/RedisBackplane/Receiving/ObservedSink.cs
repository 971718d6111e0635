using RedisBackplane.Telemetry;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Measures how late the frames of a stream arrive, and continues the traces of their publishes. Does so only while
/// somebody listens.
/// </summary>
internal sealed class ObservedSink(IFrameSink inner, StreamMeter meter, TimeProvider time) : IFrameSink
{
    private readonly IFrameSink _inner = inner;
    private readonly StreamMeter _meter = meter;
    private readonly TimeProvider _time = time;
    private bool _hasStarted;

    public bool IsCrowded => _inner.IsCrowded;

    public void Append(in Frame frame)
    {
        // Messages that were in the history when this server started are not late, and nobody here receives them.
        if (!_hasStarted)
        {
            _inner.Append(frame);
            return;
        }

        if (BackplaneTracing.IsListening)
        {
            AppendTraced(frame);
        }
        else
        {
            _inner.Append(frame);
        }

        if (StreamMeter.IsMeasuringFrames)
        {
            _meter.FrameReceived(UnixTime.Microseconds(_time.GetUtcNow()) - frame.Header.SentAtMicroseconds);
        }
    }

    public void Start(ulong lastId)
    {
        _inner.Start(lastId);
        _hasStarted = true;
    }

    private void AppendTraced(in Frame frame)
    {
        var activity = BackplaneTracing.StartReceive(_meter, frame);
        try
        {
            _inner.Append(frame);
        }
        catch (Exception exception)
        {
            BackplaneTracing.Stop(_meter, activity, exception);
            throw;
        }

        BackplaneTracing.Stop(_meter, activity);
    }
}
