namespace RedisBackplane.Timing;

/// <summary>
/// A periodic timer that runs only while it has something to do. Its owner guards it: only its callback is thread-safe.
/// </summary>
internal sealed class RestingTimer(TimeProvider time, TimeSpan period, Action tick) : IDisposable
{
    private readonly ITimer _timer = time.CreateTimer(_ => tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private bool _isRunning;

    public void Run()
    {
        if (!_isRunning)
        {
            _isRunning = true;
            _timer.Change(period, period);
        }
    }

    public void Rest()
    {
        _isRunning = false;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
