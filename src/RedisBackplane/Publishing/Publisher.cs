using Microsoft.AspNet.SignalR.Messaging;
using Microsoft.Extensions.Logging;
using RedisBackplane.Diagnostics;
using RedisBackplane.Timing;
using RedisBackplane.Wire;

namespace RedisBackplane.Publishing;

/// <summary>
/// Sends the messages of one stream, in order, in batches (group commit): what is published while calls are in flight goes together with the next call. A batch
/// whose call fails goes again until it is stored or its time is over; Redis recognises what it has stored already. Thread-safe.
/// </summary>
internal sealed class Publisher : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly PublisherId _id = PublisherId.New();
    private readonly string _appName;
    private readonly PublisherLimits _limits;
    private readonly IBatchSender _sender;
    private readonly IdFloor _floor;
    private readonly PublishCounters _counters;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly BatchQueue _queue;
    private readonly Backoff _backoff;
    private readonly ITimer _retryTimer;
    private readonly ITimer _expiryTimer;
    private readonly long _window;
    private readonly long _timeout;
    private ulong _lastNumber;
    private bool _isOpen;
    private bool _issuing;
    private bool _expiryArmed;
    private Exception? _lastError;
    private TaskCompletionSource<object?>? _drained;
    private bool _disposed;

    public Publisher(
        string appName,
        PublisherLimits limits,
        IBatchSender sender,
        IdFloor floor,
        PublishCounters counters,
        ILogger logger,
        TimeProvider time,
        Func<double> jitter)
    {
        _appName = appName;
        _limits = limits;
        _sender = sender;
        _floor = floor;
        _counters = counters;
        _logger = logger;
        _time = time;
        _queue = new BatchQueue(limits);
        _backoff = new Backoff(FirstRetry, LongestRetry, jitter);
        _window = Timestamps(limits.BatchWindow);
        _timeout = Timestamps(limits.PublishTimeout);
        _retryTimer = time.CreateTimer(_ => Recover(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _expiryTimer = time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Queues a message.</summary>
    /// <returns>Ends when Redis has stored the message, or with a <see cref="BackplaneException"/>. Shared by the messages of a batch.</returns>
    public Task Publish(Message message)
    {
        Task completion;
        lock (_gate)
        {
            if (_disposed)
            {
                return Task.FromException(new BackplaneException($"The backplane '{_appName}' is disposed; the message was not sent."));
            }

            if (!_queue.HasRoomFor(message))
            {
                _counters.Rejected();
                return Task.FromException(QueueFull(message));
            }

            completion = _queue.Add(message, _time.GetTimestamp(), _window).Completion;
            _counters.Queued(_queue.Messages, _queue.Bytes);
            ArmExpiry();
        }

        Pump();
        return completion;
    }

    /// <summary>Lets batches go out: the channel is subscribed, so that this server hears what it publishes.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _isOpen = true;
        }

        Recover();
    }

    /// <summary>Holds batches back until <see cref="Open"/>; what is in flight may still arrive.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isOpen = false;
        }
    }

    /// <summary>Ends when nothing is held any more.</summary>
    public Task WhenDrained()
    {
        lock (_gate)
        {
            if (_queue.IsEmpty)
            {
                return Task.CompletedTask;
            }

            _drained ??= new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Fails what is still held; what is published from now on fails at once.</summary>
    public void Dispose()
    {
        List<Batch> rest;
        int messages;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            messages = _queue.Messages;
            rest = _queue.TakeOpenedUntil(long.MaxValue);
            GiveUp(rest, batch => new BackplaneException(
                $"The backplane '{_appName}' was disposed before the message was sent.", _lastError));
        }

        _retryTimer.Dispose();
        _expiryTimer.Dispose();
        if (rest.Count > 0)
        {
            Log.DisposedWithMessages(_logger, _appName, messages);
        }
    }

    // One thread at a time issues calls, so that they reach Redis in order; it takes along what others queue meanwhile.
    private void Pump()
    {
        while (true)
        {
            Batch? batch;
            BatchRequest request;
            lock (_gate)
            {
                if (_issuing || !_isOpen || _disposed || !_queue.TryTake(out batch))
                {
                    return;
                }

                _issuing = true;
                if (batch!.Number == 0)
                {
                    batch.Close(_id, ++_lastNumber, UnixTime.Microseconds(_time.GetUtcNow()));
                }

                request = new BatchRequest(batch.Body, batch.Count, _id, batch.Number, _queue.OldestNumber, _floor.Value);
            }

            // Outside the lock: the client library may write to its socket on this thread.
            _ = Follow(batch, _sender.SendAsync(request));
            lock (_gate)
            {
                _issuing = false;
            }
        }
    }

    private async Task Follow(Batch batch, Task<BatchReply> call)
    {
        try
        {
            var reply = await call.ConfigureAwait(false);
            if (reply.Outcome == BatchOutcome.OutOfTurn)
            {
                Interrupted(batch, null);
            }
            else
            {
                Settled(batch, reply);
            }
        }
        catch (Exception exception)
        {
            Interrupted(batch, exception);
        }
    }

    private void Settled(Batch batch, BatchReply reply)
    {
        if (reply.Outcome == BatchOutcome.Stored)
        {
            _floor.Raise(reply.FirstId + (ulong)batch.Count - 1);
        }

        bool recovered;
        lock (_gate)
        {
            var count = batch.Count;
            recovered = _lastError is not null;
            _lastError = null;
            _backoff.Reset();
            _queue.Settle(batch);
            _counters.Sent(count, batch.Length, reply.Outcome == BatchOutcome.StoredBefore);
            ReportQueue();
        }

        batch.Complete();
        if (recovered)
        {
            Log.SendRecovered(_logger, _appName);
        }

        Pump();
    }

    private void Interrupted(Batch batch, Exception? error)
    {
        bool first;
        int waiting;
        lock (_gate)
        {
            first = error is not null && _lastError is null;
            _lastError = error ?? _lastError;
            _queue.Interrupt(batch);
            _counters.Interrupted(error is not null);
            waiting = _queue.Messages;
            ReportQueue();

            // Only when every call has ended is it certain what Redis holds, and in which order the rest must follow.
            if (!_queue.HasCallsInFlight && !_disposed)
            {
                _retryTimer.Change(_backoff.Next(), Timeout.InfiniteTimeSpan);
            }
        }

        if (first)
        {
            Log.SendFailed(_logger, error!, _appName, waiting);
        }
    }

    private void Recover()
    {
        lock (_gate)
        {
            if (_queue.HasCallsInFlight)
            {
                return;
            }

            _queue.Recover();
        }

        Pump();
    }

    private void Expire()
    {
        int messages = 0;
        Exception? error;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            error = _lastError;
            var expired = _queue.TakeOpenedUntil(_time.GetTimestamp() - _timeout);
            GiveUp(expired, TimedOut);
            foreach (var batch in expired)
            {
                messages += batch.Count;
            }

            _counters.TimedOut(messages);
            ReportQueue();
            if (_queue.IsEmpty)
            {
                _expiryTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _expiryArmed = false;
            }
        }

        if (messages > 0)
        {
            Log.SendTimedOut(_logger, error, _appName, messages, _limits.PublishTimeout);
        }
    }

    // Armed by the first message after a silence and disarmed when it finds nothing: an idle bus has no timer.
    private void ArmExpiry()
    {
        if (!_expiryArmed)
        {
            _expiryArmed = true;
            var period = TimeSpan.FromTicks(Math.Min(_limits.PublishTimeout.Ticks / 10, TimeSpan.TicksPerSecond));
            _expiryTimer.Change(period, period);
        }
    }

    private void ReportQueue()
    {
        _counters.Queued(_queue.Messages, _queue.Bytes);
        if (_queue.IsEmpty && _drained is { } drained)
        {
            _drained = null;
            drained.TrySetResult(null);
        }
    }

    private static void GiveUp(List<Batch> batches, Func<Batch, BackplaneException> reason)
    {
        foreach (var batch in batches)
        {
            batch.GiveUp(reason(batch));
        }
    }

    private BackplaneTimeoutException TimedOut(Batch batch) => new(
        FormattableString.Invariant(
            $"The backplane '{_appName}' could not store a message in Redis within {_limits.PublishTimeout.TotalSeconds} s (PublishTimeout). ")
        + "It may have been delivered all the same. "
        + (_lastError is { } error ? $"Last error: {error.Message}" : "Redis has not answered."),
        _lastError);

    private BackplaneQueueFullException QueueFull(Message message) => new(
        FormattableString.Invariant(
            $"The send queue of the backplane '{_appName}' is full: {_queue.Messages} messages (MaxQueueMessages {_limits.MaxQueueMessages}), ")
        + FormattableString.Invariant(
            $"{_queue.Bytes} bytes (MaxQueueBytes {_limits.MaxQueueBytes}). A message of {message.Value.Count} bytes was not sent. ")
        + (_lastError is { } error ? $"Redis: {error.Message}" : "Redis is slower than the application publishes."),
        _lastError);

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
