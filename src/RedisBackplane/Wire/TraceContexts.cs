using System.Diagnostics;

namespace RedisBackplane.Wire;

/// <summary>
/// The extension <see cref="FrameExtension.TraceContext"/>: the trace contexts of the publishes in a frame. Each has 25
/// bytes: the trace id (16) and the span id (8) as W3C Trace Context writes them, and its flags (1).
/// </summary>
internal static class TraceContexts
{
    /// <summary>The most contexts in a frame. A reader takes no more either.</summary>
    public const int Max = 32;

    private const int TraceIdSize = 16;
    private const int SpanIdSize = 8;
    private const int Size = TraceIdSize + SpanIdSize + 1;

    /// <summary>Adds the extension to a closed frame.</summary>
    public static void Write(FrameWriter frame, IReadOnlyList<ActivityContext> contexts)
    {
        var content = frame.AppendExtension(FrameExtension.TraceContext, contexts.Count * Size);
        foreach (var context in contexts)
        {
            context.TraceId.CopyTo(content.Slice(0, TraceIdSize));
            context.SpanId.CopyTo(content.Slice(TraceIdSize, SpanIdSize));
            content[Size - 1] = (byte)context.TraceFlags;
            content = content.Slice(Size);
        }
    }

    /// <summary>The contexts of a frame; empty if it has no such extension. Invalid contexts are skipped.</summary>
    public static IReadOnlyList<ActivityContext> Read(in Frame frame)
    {
        if (!frame.TryFindExtension(FrameExtension.TraceContext, out var content))
        {
            return [];
        }

        var contexts = new List<ActivityContext>();
        for (; content.Length >= Size && contexts.Count < Max; content = content.Slice(Size))
        {
            var trace = ActivityTraceId.CreateFromBytes(content.Slice(0, TraceIdSize));
            var span = ActivitySpanId.CreateFromBytes(content.Slice(TraceIdSize, SpanIdSize));
            var flags = (ActivityTraceFlags)content[Size - 1] & ActivityTraceFlags.Recorded;

            // W3C does not allow an id of zeros.
            if (IsId(content.Slice(0, TraceIdSize)) && IsId(content.Slice(TraceIdSize, SpanIdSize)))
            {
                contexts.Add(new ActivityContext(trace, span, flags, traceState: null, isRemote: true));
            }
        }

        return contexts;
    }

    private static bool IsId(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value != 0)
            {
                return true;
            }
        }

        return false;
    }
}
