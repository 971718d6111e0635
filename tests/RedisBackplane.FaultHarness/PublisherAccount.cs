namespace RedisBackplane.FaultHarness;

/// <summary>All messages of one publisher, numbered from 0. Thread-safe.</summary>
/// <param name="expectedMessages">
/// Allocates this many from the start, so that the memory of a long run does not grow.
/// </param>
public sealed class PublisherAccount(int expectedMessages)
{
    private readonly object _lock = new();
    private readonly Dictionary<string, int> _errors = new(StringComparer.Ordinal);
    private SentMessage[] _messages = new SentMessage[expectedMessages];
    private int _count;
    private int _ended;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Messages whose task has not ended.</summary>
    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _count - _ended;
            }
        }
    }

    public SentMessage this[int number]
    {
        get
        {
            lock (_lock)
            {
                return _messages[number];
            }
        }
    }

    /// <summary>Records the next message.</summary>
    /// <returns>Its number.</returns>
    public int Sent(long at)
    {
        lock (_lock)
        {
            if (_count == _messages.Length)
            {
                Array.Resize(ref _messages, 2 * _count);
            }

            _messages[_count].SentAt = at;
            return _count++;
        }
    }

    public void Ended(int number, Exception? error)
    {
        lock (_lock)
        {
            _ended++;
            _messages[number].Outcome = error is null ? SendOutcome.Acknowledged : SendOutcome.Failed;
            if (error is not null)
            {
                var kind = error.GetType().Name;
                _errors[kind] = _errors.TryGetValue(kind, out var count) ? count + 1 : 1;
            }
        }
    }

    /// <summary>A copy of all messages, in the order of their numbers.</summary>
    public SentMessage[] Snapshot()
    {
        lock (_lock)
        {
            return _messages.AsSpan(0, _count).ToArray();
        }
    }

    /// <summary>The kinds of failures, and how often each occurred.</summary>
    public IReadOnlyDictionary<string, int> Errors()
    {
        lock (_lock)
        {
            return new Dictionary<string, int>(_errors, StringComparer.Ordinal);
        }
    }
}
