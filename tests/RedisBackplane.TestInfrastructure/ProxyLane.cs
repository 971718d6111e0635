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
    private TaskCompletionSource<bool> _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesPassed;
    private long _bytesSwallowed;

    public long BytesPassed => Interlocked.Read(ref _bytesPassed);

    /// <summary>Bytes that were swallowed as they came; not those that were under way when the swallowing began.</summary>
    public long BytesSwallowed => Interlocked.Read(ref _bytesSwallowed);

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

    /// <summary>
    /// Waits while the lane is stalled or the connection lives, and says whether the bytes at hand go on (true) or are swallowed (false).
    /// </summary>
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
