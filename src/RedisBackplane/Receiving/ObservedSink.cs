using RedisBackplane.Telemetry;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Measures how late the frames of a stream arrive, and continues the traces of their publishes. Does so only while
/// somebody listens.
/// </summary>
internal sealed class ObservedSink(IFrameSink inner, StreamMeter meter, TimeProvider time) : IFrameSink
{
    private bool _hasStarted;

    public bool IsCrowded => inner.IsCrowded;

    public void Append(in Frame frame)
    {
        // Messages that were in the history when this server started are not late, and nobody here receives them.
        if (!_hasStarted)
        {
            inner.Append(frame);
            return;
        }

        if (BackplaneTracing.IsListening)
        {
            AppendTraced(frame);
        }
        else
        {
            inner.Append(frame);
        }

        if (StreamMeter.IsMeasuringFrames)
        {
            meter.FrameReceived(UnixTime.Microseconds(time.GetUtcNow()) - frame.Header.SentAtMicroseconds);
        }
    }

    public void Start(ulong lastId)
    {
        inner.Start(lastId);
        _hasStarted = true;
    }

    private void AppendTraced(in Frame frame)
    {
        var activity = BackplaneTracing.StartReceive(meter, frame);
        try
        {
            inner.Append(frame);
        }
        catch (Exception exception)
        {
            BackplaneTracing.Stop(meter, activity, exception);
            throw;
        }

        BackplaneTracing.Stop(meter, activity);
    }
}
