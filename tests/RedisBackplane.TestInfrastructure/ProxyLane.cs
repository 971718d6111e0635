namespace RedisBackplane.TestInfrastructure;

/// <summary>What a <see cref="TcpProxy"/> does with the bytes of one direction.</summary>
internal enum ProxyMode
{
    Pass,
    Stall,
    Blackhole,
}

/// <summary>The state of one direction of a <see cref="TcpProxy"/>, shared by its connections. Thread-safe.</summary>
internal sealed class ProxyLane
{
    private readonly object _lock = new();
    private ProxyMode _mode;
    private TimeSpan _delay;
    private long _bytesPerSecond;
    private long _largestArgument = long.MaxValue;
    private long _freeAt;
    private TaskCompletionSource<bool> _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesPassed;
    private long _bytesSwallowed;

    public long BytesPassed => Interlocked.Read(ref _bytesPassed);

    /// <summary>Bytes that were swallowed on arrival, without those in transit when the fault began.</summary>
    public long BytesSwallowed => Interlocked.Read(ref _bytesSwallowed);

    /// <summary>Cuts a connection on which a larger argument begins.</summary>
    public long LargestArgument
    {
        get => Interlocked.Read(ref _largestArgument);
        set => Interlocked.Exchange(ref _largestArgument, value);
    }

    public TimeSpan Delay
    {
        get
        {
            lock (_lock)
            {
                return _delay;
            }
        }
    }

    public void SetDelay(TimeSpan delay)
    {
        lock (_lock)
        {
            _delay = delay;
        }
    }

    /// <summary>Sets how many bytes pass per second, of all connections together; 0 for no limit.</summary>
    public void SetLimit(long bytesPerSecond)
    {
        lock (_lock)
        {
            _bytesPerSecond = bytesPerSecond;
            _freeAt = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Reserves the time that bytes need on the link.</summary>
    /// <returns>How long to wait before they pass.</returns>
    public TimeSpan Take(int bytes)
    {
        lock (_lock)
        {
            if (_bytesPerSecond == 0)
            {
                return TimeSpan.Zero;
            }

            var now = Stopwatch.GetTimestamp();
            _freeAt = Math.Max(_freeAt, now) + (bytes * Stopwatch.Frequency / _bytesPerSecond);
            return TimeSpan.FromSeconds((double)(_freeAt - now) / Stopwatch.Frequency);
        }
    }

    public void SetMode(ProxyMode mode)
    {
        TaskCompletionSource<bool> changed;
        lock (_lock)
        {
            _mode = mode;
            changed = _changed;
            _changed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult(true);
    }

    public void CountPassed(int bytes) => Interlocked.Add(ref _bytesPassed, bytes);

    public void CountSwallowed(int bytes) => Interlocked.Add(ref _bytesSwallowed, bytes);

    /// <summary>Waits while the lane is stalled. Returns whether the bytes pass; if not, they are swallowed.</summary>
    public async Task<bool> MayPassAsync(Task connectionClosed)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_mode != ProxyMode.Stall || connectionClosed.IsCompleted)
                {
                    return _mode == ProxyMode.Pass;
                }

                changed = _changed.Task;
            }

            await Task.WhenAny(changed, connectionClosed).ConfigureAwait(false);
        }
    }
}
