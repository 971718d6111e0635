using System.Diagnostics.CodeAnalysis;
using RedisBackplane.Streams;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Receiving;

/// <summary>
/// Turns payloads into frames, and rejects those that are not of the farm. A rejected payload is counted, and logged at
/// most every ten seconds. Thread-safe, except that each <see cref="FrameAssembly"/> belongs to one caller.
/// </summary>
internal sealed class FrameDecoder(StreamContext context, ReceiveCounters counters)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly BurstLimiter _malformedLog = new(BetweenReports, context.Time);
    private readonly BurstLimiter _unauthenticatedLog = new(BetweenReports, context.Time);

    /// <returns>Whether the payload completes a frame.</returns>
    public bool TryDecode(FrameAssembly assembly, byte[] payload, out Frame frame)
    {
        var isFrame = assembly.TryComplete(payload, out frame, out var reason);
        if (reason is not null)
        {
            var total = counters.Malformed.Add();
            if (_malformedLog.TryEnter())
            {
                ReceivingLog.FrameMalformed(context.Logger, context.Name, payload.Length, reason, total);
            }
        }

        return isFrame;
    }

    /// <summary>Whether a server of the farm signed the frame; true if the farm has no keys.</summary>
    public bool IsAuthentic(in Frame frame, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        return context.Authenticator is not { } authenticator || authenticator.Accepts(frame, out reason);
    }

    public void ReportUnauthenticated(in Frame frame, string reason)
    {
        var total = counters.Unauthenticated.Add();
        if (_unauthenticatedLog.TryEnter())
        {
            var header = frame.Header;
            ReceivingLog.FrameUnauthenticated(context.Logger, context.Name, header.FirstId, header.LastId, reason, total);
        }
    }
}
