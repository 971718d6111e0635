using RedisBackplane.Streams;
using RedisBackplane.Timing;

namespace RedisBackplane.Receiving;

/// <summary>
/// Bounds what the client library holds between socket and intake, because the client library itself does not. If
/// frames arrive faster than they are taken (a process lacks threads or CPU), they are dropped there and read from the
/// history instead. Push while fast, pull while slow.
/// </summary>
internal sealed class BacklogWatch : IDisposable
{
    /// <summary>How many payloads may wait.</summary>
    internal const int MaxPayloads = 1024;

    /// <summary>How many bytes may wait, estimated from the payloads that were taken last.</summary>
    internal const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>
    /// How many payloads may wait if there is no history to read dropped ones from: as many as the buffer keeps
    /// messages by default, because each payload may be one message.
    /// </summary>
    internal const int MaxPayloadsWithoutHistory = 256 * 1024;

    /// <summary>How many bytes may wait in that case.</summary>
    internal const long MaxBytesWithoutHistory = 64 * 1024 * 1024;

    // A backlog at one look is a burst. A backlog at two looks in a row is growing.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly StreamContext _context;
    private readonly IChannelBacklog _backlog;
    private readonly Func<int> _averageLength;
    private readonly Func<bool> _hasHistory;
    private readonly Action _settle;
    private readonly ReceiveCounters _counters;
    private readonly BurstLimiter _report;
    private readonly ITimer _timer;
    private bool _wasAbove;

    /// <param name="averageLength">A moving average of the lengths of payloads, in bytes.</param>
    /// <param name="hasHistory">Whether dropped payloads can be read again.</param>
    /// <param name="settle">Subscribes again, and reads the dropped payloads from the history.</param>
    public BacklogWatch(
        StreamContext context,
        IChannelBacklog backlog,
        ReceiveCounters counters,
        Func<int> averageLength,
        Func<bool> hasHistory,
        Action settle)
    {
        _context = context;
        _backlog = backlog;
        _averageLength = averageLength;
        _hasHistory = hasHistory;
        _settle = settle;
        _counters = counters;
        _report = new BurstLimiter(BetweenReports, context.Time);
        _timer = context.Time.CreateTimer(_ => Look(), null, Period, Period);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var count = _backlog.Count;
        var (payloads, bytes) = _hasHistory() ? (MaxPayloads, MaxBytes) : (MaxPayloadsWithoutHistory, MaxBytesWithoutHistory);
        var isAbove = count > payloads || (long)count * _averageLength() > bytes;
        var grows = isAbove && _wasAbove;
        _wasAbove = isAbove && !grows;
        if (!grows)
        {
            return;
        }

        if (_report.TryEnter())
        {
            ReceivingLog.BacklogDropped(_context.Logger, _context.Name, count);
        }

        _counters.DroppedBacklog.Add(count);
        _backlog.Drop();
        _settle();
    }
}
